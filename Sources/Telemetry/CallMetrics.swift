internal import EventLoop
public import Metrics
public import RPC

/// Metrics of calls by method: started, in flight, handled by code, duration, messages and bytes in each direction.
///
/// The names are those of other gRPC servers (`grpc_server_…`). Calls of unknown methods share one label, so that a
/// caller cannot create series.
public struct CallMetrics: ServerGate {
  /// Upper bounds of the latency histogram, in nanoseconds.
  static let boundsNs = [
    100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
    250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
  ]
  private static let labels = ["grpc_type", "grpc_service", "grpc_method"]
  private static let codeCount = StatusCode.allCases.count

  private let registry: MetricsRegistry
  /// The series after those of the methods.
  private let unknown: Int
  private let started: MetricBlock
  private let inFlight: MetricBlock
  private let handled: MetricBlock
  private let seconds: HistogramBlock
  private let messagesReceived: MetricBlock
  private let messagesSent: MetricBlock
  private let bytesReceived: MetricBlock
  private let bytesSent: MetricBlock

  /// Metrics of the calls of `services`, which must be those of the server that this intercepts, in its order.
  public init(_ registry: MetricsRegistry, services: [any RPCService]) {
    self.registry = registry
    let methods = services.flatMap(\.methods)
    unknown = methods.count
    let series = methods.map(Self.labels(of:)) + [["unknown", "unknown", "unknown"]]
    func counter(_ name: String, _ help: String) -> MetricBlock {
      registry.register(MetricFamily(name, help: help, kind: .counter, labels: Self.labels), series: series)
    }
    started = counter("grpc_server_started", "Calls that began.")
    inFlight = registry.register(
      MetricFamily("grpc_server_in_flight", help: "Calls that are in progress.", kind: .gauge, labels: Self.labels),
      series: series)
    handled = registry.register(
      MetricFamily(
        "grpc_server_handled", help: "Calls that ended, by status.", kind: .counter,
        labels: Self.labels + ["grpc_code"], omitsZeros: true),
      series: series.flatMap { labels in StatusCode.allCases.map { labels + [Self.label(of: $0)] } })
    seconds = registry.registerHistograms(
      MetricFamily(
        "grpc_server_handling_seconds", help: "Duration of calls in seconds, from header to status.",
        kind: .histogram(bounds: Self.boundsNs), labels: Self.labels, scale: 1e-9),
      series: series)
    messagesReceived = counter("grpc_server_msg_received", "Messages that callers sent.")
    messagesSent = counter("grpc_server_msg_sent", "Messages that callers were sent.")
    bytesReceived = counter("grpc_server_msg_received_bytes", "Bytes of the messages that callers sent.")
    bytesSent = counter("grpc_server_msg_sent_bytes", "Bytes of the messages that callers were sent.")
  }

  /// Counts `call` as started; it is never refused here.
  public func admit(_ call: Call) {
    let cells = registry.cells(on: call.loop)
    let method = series(of: call)
    cells.add(to: started, at: method)
    cells.add(to: inFlight, at: method)
  }

  /// Counts how `call` ended.
  public func ended(_ call: Call, _ error: (any Error)?) {
    let cells = registry.cells(on: call.loop)
    let method = series(of: call)
    cells.add(-1, to: inFlight, at: method)
    cells.add(to: handled, at: method &* Self.codeCount &+ Int(call.status(after: error).rawValue))
    cells.observe(Int(EventLoop.preciseNow &- call.startedAt), in: seconds, at: method)
    let traffic = call.traffic
    cells.add(traffic.messagesReceived, to: messagesReceived, at: method)
    cells.add(traffic.messagesSent, to: messagesSent, at: method)
    cells.add(traffic.bytesReceived, to: bytesReceived, at: method)
    cells.add(traffic.bytesSent, to: bytesSent, at: method)
  }

  private func series(of call: Call) -> Int {
    guard let index = call.methodIndex, index >= 0, index < unknown else { return unknown }
    return index
  }

  private static func labels(of method: Method) -> [String] {
    let (service, name) = RPCName.parts(of: method.path)
    let kind =
      switch method.kind {
      case .unary: "unary"
      case .clientStreaming: "client_stream"
      case .serverStreaming: "server_stream"
      case .bidirectional: "bidi_stream"
      }
    return [kind, service, name]
  }

  /// The name in Go's gRPC, which dashboards expect: `InvalidArgument`, but `OK`.
  static func label(of code: StatusCode) -> String {
    if code == .ok { return "OK" }
    if code == .cancelled { return "Canceled" }
    return code.name.split(separator: "_").map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined()
  }
}

/// The service and the method of `/package.Service/Method`.
enum RPCName {
  static func parts(of path: String) -> (service: String, method: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : ("unknown", "unknown")
  }
}
