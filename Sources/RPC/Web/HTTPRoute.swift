/// A plain HTTP request, for a ``HTTPRoute``.
public struct HTTPRequest: Sendable {
  /// Such as `GET`.
  public let method: String
  /// The path, without the query.
  public let path: String
  /// The text after `?` as it was sent; empty when there is none.
  public let query: String
  /// The header fields.
  public let headers: Metadata
  /// The peer of the connection.
  public let peer: Peer
  /// The body, at most ``RPCLimits/requestBytesMax``.
  public let body: [UInt8]

  /// The first item of the query with that name, decoded.
  public func queryItem(_ name: String) -> String? { QueryItems(query)[name] }
}

/// The response to a plain HTTP request.
public struct HTTPResponse: Sendable, Equatable {
  /// HTTP's status.
  public var status: Int
  /// The header fields; the body's length is added.
  public var headers: Metadata
  /// The body.
  public var body: [UInt8]

  /// An answer of these parts.
  public init(status: Int, headers: Metadata = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer in plain text, or another type of text.
  public init(status: Int = 200, text: String, contentType: String = "text/plain; charset=utf-8") {
    self.init(status: status, headers: ["content-type": contentType], body: Array(text.utf8))
  }
}

/// A path that is served as plain HTTP on the same port: `/metrics`, `/healthz`, webhooks.
///
/// The handler runs on the loop of the connection, like a call's. An error that it throws becomes a 500 without
/// details, except an ``RPCError``, which becomes the HTTP status that Connect defines for its code.
public struct HTTPRoute: Sendable {
  /// Answers one request.
  public typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse

  /// Such as `GET`, which answers `HEAD` as well.
  public let method: String
  /// The exact path, from `/` on.
  public let path: String
  let handler: Handler

  /// A path that is answered by `handler`.
  public init(_ method: String, _ path: String, handler: @escaping Handler) {
    self.method = method
    self.path = path
    self.handler = handler
  }
}

/// The routes of a server by path.
struct RouteTable: Sendable {
  private let byPath: [String: [HTTPRoute]]

  /// - Returns: nil when two routes have one method and one path, or a path does not begin with `/`.
  init?(_ routes: [HTTPRoute]) {
    guard Set(routes.map { "\($0.method) \($0.path)" }).count == routes.count else { return nil }
    guard routes.allSatisfy({ $0.path.hasPrefix("/") && !$0.path.contains("?") }) else { return nil }
    byPath = Dictionary(grouping: routes, by: \.path)
  }

  /// The route that answers, if any.
  func find(_ method: String, _ path: String) -> HTTPRoute? {
    byPath[path]?.first { $0.method == (method == "HEAD" ? "GET" : method) }
  }

  /// The methods that a path may be asked with; empty when it is no route.
  func methods(_ path: String) -> [String] {
    (byPath[path] ?? []).flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
  }
}
