import FoundationEssentials
import HTTPClient
import Logging

/// The settings of metrics, spans and the access log: validated.
struct TelemetrySettings: Equatable, Sendable {
  /// The usual path at which collectors accept traces.
  private static let tracesPath = "/v1/traces"
  private static let nodeBytesMax = 64

  /// Whether calls are logged, and which share of successful ones.
  private enum AccessLogging {
    case off
    case share(Double)

    init?(_ text: String) {
      if text == "off" {
        self = .off
      } else if let ratio = TelemetrySettings.ratio(text) {
        self = .share(ratio)
      } else {
        return nil
      }
    }
  }

  /// The readers and the address of the metrics; nil for none.
  let metrics: MetricsSettings?
  /// The name of this server.
  let node: String
  /// The URL to send spans to; nil for none.
  let tracesURL: String?
  /// Header fields for the collector, such as a key: secret.
  let collectorHeaders: [HTTPField]
  /// The share of the traces beginning here that is recorded.
  let traceRatio: Double
  /// The share of the calls ending well that is logged; nil for no access log.
  let accessLogRatio: Double?
  let accessLogLevel: Logger.Level

  init(_ options: TelemetryOptions, environment: [String: String]) throws(SettingError) {
    let source = SettingSource(environment: environment)
    metrics = try MetricsSettings(options, source)
    node =
      try source.value(
        flag: "--node", options.node, variable: "FASTSHOP_NODE",
        wanted: "a name of up to \(Self.nodeBytesMax) letters, digits, dots, hyphens and underscores", parse: Self.node)
      ?? Self.node(ProcessInfo.processInfo.hostName) ?? "unknown"
    tracesURL = try source.value(
      flag: "--otlp-endpoint", options.otlpEndpoint, variable: "FASTSHOP_OTLP_ENDPOINT",
      wanted: "an http or https URL such as http://127.0.0.1:4318", isSecret: true, parse: Self.tracesURL)
    collectorHeaders =
      try source.value(
        flag: "", nil, variable: "FASTSHOP_OTLP_HEADERS", wanted: "a list such as x-key=value,x-other=value",
        isSecret: true, parse: Self.headers) ?? []
    let share = "a number from 0 to 1"
    traceRatio =
      try source.value(
        flag: "--trace-ratio", options.traceRatio, variable: "FASTSHOP_TRACE_RATIO", wanted: share, parse: Self.ratio)
      ?? 1
    let logging = try source.value(
      flag: "--access-log", options.accessLog, variable: "FASTSHOP_ACCESS_LOG", wanted: "\(share), or \"off\"",
      parse: AccessLogging.init)
    accessLogRatio = if case .share(let ratio)? = logging { ratio } else { nil }
    accessLogLevel =
      try source.value(
        flag: "--access-log-level", options.accessLogLevel, variable: "FASTSHOP_ACCESS_LOG_LEVEL",
        wanted: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
      ) { Logger.Level(rawValue: $0.lowercased()) } ?? .info
  }

  private static func node(_ text: String) -> String? {
    let isName = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "-._".utf8.contains(byte)
      }
    }
    return isName && (1...nodeBytesMax).contains(text.utf8.count) ? text : nil
  }

  private static func ratio(_ text: String) -> Double? {
    guard let ratio = Double(text), (0...1).contains(ratio) else { return nil }
    return ratio
  }

  private static func tracesURL(_ text: String) -> String? {
    guard let url = WebURL(text, schemes: ["http", "https"]) else { return nil }
    var base = url.text[...]
    while base.hasSuffix("/") { base.removeLast() }
    return base.hasSuffix(tracesPath) ? String(base) : base + tracesPath
  }

  private static func headers(_ text: String) -> [HTTPField]? {
    var fields: [HTTPField] = []
    for pair in text.split(separator: ",") {
      guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else { return nil }
      let field = HTTPField(String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
      guard field.isWellFormed else { return nil }
      fields.append(field)
    }
    return fields
  }
}
