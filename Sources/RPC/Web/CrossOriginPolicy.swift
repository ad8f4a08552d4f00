/// The web pages of other origins that may call: CORS, for browsers. Other clients ignore it, so it is no access
/// control.
///
/// Source: the Fetch standard, section 3.2 (HTTP CORS protocol); connectrpc.com/docs/cors.
public struct CrossOriginPolicy: Sendable, Equatable {
  /// An invalid origin. The message is for the operator.
  public struct InvalidOrigin: Error, Equatable, CustomStringConvertible {
    /// The text of the setting.
    public let text: String
    /// A sentence about the correct form.
    public var description: String {
      "\"\(text)\" is no origin such as https://shop.example, http://localhost:3000 or http://localhost:*"
    }
  }

  /// Seconds for which browsers may keep the answer to a preflight; they cut it to two hours or less.
  private static let maxAgeSeconds = 7200
  /// The fields that scripts may read besides those that are always readable.
  private static let exposed = [
    "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "content-encoding",
    "connect-content-encoding", "retry-after",
  ]

  /// Hosts whose origins may be allowed with any port: this machine alone, where a developer's web page has another
  /// port each time. On other hosts, another port may be another user's program.
  private static let loopbackHosts = ["localhost", "127.0.0.1", "[::1]"]
  private static let anyPort = ":*"

  private let origins: Set<String>
  /// Origins without their ports, of which every port is allowed.
  private let portless: Set<String>
  private let allowsEveryOrigin: Bool
  private let exposedFields: String
  /// The setting that an operator changes to allow a page.
  private let setting: String

  /// Pages of no other origin may call.
  public static let sameOriginOnly = CrossOriginPolicy(setting: usualSetting)
  private static let usualSetting = "the server's list of allowed origins"

  /// Pages of no other origin may call; the refusal names `setting`.
  public init(setting: String) {
    origins = []
    portless = []
    allowsEveryOrigin = false
    exposedFields = ""
    self.setting = setting
  }

  /// Allows the given origins, each `scheme://host[:port]` as a browser writes it, `http://localhost:*` for every port
  /// of this machine, or `*` for all origins.
  /// - Parameters:
  ///   - exposing: names of headers and trailers that scripts may read.
  ///   - setting: the setting of `origins`, which the error for another origin names.
  /// - Throws: ``InvalidOrigin``.
  public init(origins: [String], exposing: [String] = [], setting: String? = nil) throws(InvalidOrigin) {
    allowsEveryOrigin = origins.contains("*")
    let named = origins.filter { $0 != "*" }
    let portless = named.filter { $0.hasSuffix(Self.anyPort) }
    for origin in named where !(origin.hasSuffix(Self.anyPort) ? Self.isLoopback(origin) : Self.isOrigin(origin)) {
      throw InvalidOrigin(text: origin)
    }
    self.origins = Set(named).subtracting(portless)
    self.portless = Set(portless.map { String($0.dropLast(Self.anyPort.count)) })
    exposedFields = (Self.exposed + exposing.map { $0.lowercased() }).joined(separator: ", ")
    self.setting = setting ?? Self.usualSetting
  }

  /// Whether pages of that origin may call.
  package func allows(_ origin: String) -> Bool { allowed(origin) != nil }

  /// Header fields for every answer to a request of `origin`; nothing for an origin that is not allowed.
  func fields(origin: String?) -> [(name: String, value: String)] {
    guard let allowed = allowed(origin) else { return varyFields }
    return [("access-control-allow-origin", allowed), ("access-control-expose-headers", exposedFields)] + varyFields
  }

  /// The response to a preflight of an allowed origin.
  /// - Parameters:
  ///   - methods: the methods of the path.
  ///   - requested: the header fields that the page wants to send. Any are allowed, because handlers may read any
  ///   metadata.
  func preflight(origin: String, methods: [String], requested: String?) -> HTTPResponse {
    guard let allowed = allowed(origin) else { return refusal(of: origin) }
    var response = HTTPResponse(status: 204)
    let vary = allowsEveryOrigin ? "" : "origin, "
    response.headers.addAsIs("vary", vary + "access-control-request-method, access-control-request-headers")
    response.headers.addAsIs("access-control-allow-origin", allowed)
    response.headers.addAsIs("access-control-allow-methods", methods.joined(separator: ", "))
    if let requested, Self.isListOfNames(requested) {
      response.headers.addAsIs("access-control-allow-headers", requested)
    }
    response.headers.addAsIs("access-control-max-age", String(Self.maxAgeSeconds))
    return response
  }

  /// The answer to a preflight of an origin that is not allowed: what to do, for the developer who looks at it in their
  /// browser.
  func refusal(of origin: String) -> HTTPResponse {
    var response = HTTPResponse(status: 403, text: "\(refusalSentence(of: origin))\n")
    response.headers.addAsIs("vary", "origin")
    return response
  }

  /// Why pages of that origin may not call.
  func refusalSentence(of origin: String) -> String {
    "web pages of the origin \(Self.printable(origin)) may not call this server: \(setting) does not contain it"
  }

  /// The most characters of an origin that are repeated.
  private static let shownCharactersMax = 100

  /// An origin in a form that is safe to print.
  static func printable(_ origin: String) -> String {
    let shown = origin.utf8.prefix(shownCharactersMax).map { (0x21...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: shown, as: UTF8.self)
  }

  private func allowed(_ origin: String?) -> String? {
    guard let origin else { return nil }
    if allowsEveryOrigin { return "*" }
    if origins.contains(origin) { return origin }
    return !portless.isEmpty && Self.isOrigin(origin) && portless.contains(Self.withoutPort(origin)) ? origin : nil
  }

  /// An origin up to the colon of its port.
  private static func withoutPort(_ origin: String) -> String {
    let digits = origin.reversed().prefix { ("0"..."9").contains($0) }.count
    let rest = origin.dropLast(digits)
    return digits > 0 && rest.hasSuffix(":") ? String(rest.dropLast()) : origin
  }

  private static func isLoopback(_ origin: String) -> Bool {
    loopbackHosts.contains { host in ["http", "https"].contains { origin == "\($0)://\(host)\(anyPort)" } }
  }

  /// The response depends on the origin, which caches must know.
  private var varyFields: [(name: String, value: String)] {
    allowsEveryOrigin || origins.isEmpty && portless.isEmpty ? [] : [("vary", "origin")]
  }

  /// Only a list of names may be repeated in the response.
  private static func isListOfNames(_ text: String) -> Bool {
    text.utf8.allSatisfy {
      switch $0 {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x2c, 0x20: true
      default: false
      }
    }
  }

  private static func isOrigin(_ text: String) -> Bool {
    guard text.wholeMatch(of: #/[a-z][a-z0-9+.-]*:\/\/(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?/#) != nil else {
      return false
    }
    return true
  }
}
