/// Which web pages of other origins may call: CORS, for browsers. Nothing else keeps to it, so it is no access control.
///
/// Source: the Fetch standard, section 3.2 (HTTP CORS protocol); connectrpc.com/docs/cors.
public struct CrossOriginPolicy: Sendable, Equatable {
  /// An origin that is none: a sentence for whoever configured it.
  public struct InvalidOrigin: Error, Equatable, CustomStringConvertible {
    /// What was written.
    public let text: String
    /// What it would have to be.
    public var description: String { "\"\(text)\" is no origin such as https://shop.example or http://localhost:3000" }
  }

  /// Seconds for which browsers may keep the answer to a preflight; they cut it to two hours or less.
  private static let maxAgeSeconds = 7200
  /// What a script may read of an answer beside what every answer may show.
  private static let exposed = [
    "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "content-encoding",
    "connect-content-encoding", "retry-after",
  ]

  private let origins: Set<String>
  private let allowsEveryOrigin: Bool
  private let exposedFields: String

  /// Allows the given origins, each `scheme://host[:port]` as a browser writes it, or `*` for all of them.
  /// - Parameter exposing: names of headers and trailers of ours that scripts may read.
  /// - Throws: ``InvalidOrigin``.
  public init(origins: [String], exposing: [String] = []) throws(InvalidOrigin) {
    allowsEveryOrigin = origins.contains("*")
    let named = origins.filter { $0 != "*" }
    for origin in named where !Self.isOrigin(origin) { throw InvalidOrigin(text: origin) }
    self.origins = Set(named)
    exposedFields = (Self.exposed + exposing.map { $0.lowercased() }).joined(separator: ", ")
  }

  /// Header fields for every answer to a request of `origin`; nothing for an origin that is not allowed.
  func fields(origin: String?) -> [(name: String, value: String)] {
    guard let allowed = allowed(origin) else { return varyFields }
    return [("access-control-allow-origin", allowed), ("access-control-expose-headers", exposedFields)] + varyFields
  }

  /// The answer to a preflight.
  /// - Parameters:
  ///   - methods: what the path may be asked with.
  ///   - requested: the header fields that the page wants to send: any may be, as handlers read any metadata.
  func preflight(origin: String?, methods: [String], requested: String?) -> HTTPResponse {
    var response = HTTPResponse(status: 204)
    let vary = allowsEveryOrigin ? "" : "origin, "
    response.headers.addAsIs("vary", vary + "access-control-request-method, access-control-request-headers")
    guard let allowed = allowed(origin) else { return response }
    response.headers.addAsIs("access-control-allow-origin", allowed)
    response.headers.addAsIs("access-control-allow-methods", methods.joined(separator: ", "))
    if let requested, Self.isListOfNames(requested) {
      response.headers.addAsIs("access-control-allow-headers", requested)
    }
    response.headers.addAsIs("access-control-max-age", String(Self.maxAgeSeconds))
    return response
  }

  private func allowed(_ origin: String?) -> String? {
    guard let origin else { return nil }
    if allowsEveryOrigin { return "*" }
    return origins.contains(origin) ? origin : nil
  }

  /// What is answered depends on the origin, and caches must know.
  private var varyFields: [(name: String, value: String)] { allowsEveryOrigin ? [] : [("vary", "origin")] }

  /// What comes back in our header is a list of names, whatever the request had in it.
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
