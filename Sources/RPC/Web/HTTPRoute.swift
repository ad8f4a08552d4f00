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
  /// The body as it was sent, at most ``HTTPRoute/bodyBytesMax``.
  public let body: [UInt8]
  /// The texts that stand for the parameters of the route's path, by their names, decoded.
  public let parameters: [String: String]

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
  /// Answers one request piece by piece.
  public typealias StreamHandler = @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void

  /// How requests are answered.
  enum Answering: Sendable {
    case whole(Handler)
    case inPieces(StreamHandler)
  }

  /// Such as `GET`, which answers `HEAD` as well.
  public let method: String
  /// The path, from `/` on. A segment `{name}` is a parameter: any text without `/`, but not none. A route without
  /// parameters comes first.
  public let path: String
  /// The largest body that is accepted, in bytes; a larger one is answered with 413. ``RPCLimits/requestBytesMax``
  /// holds as well.
  public let bodyBytesMax: Int
  let answering: Answering

  /// A path that is answered by `handler`.
  public init(_ method: String, _ path: String, bodyBytesMax: Int = .max, handler: @escaping Handler) {
    self.init(method, path, bodyBytesMax, .whole(handler))
  }

  /// A path that is answered by `handler` piece by piece, in bounded memory however long the body is.
  public init(_ method: String, _ path: String, bodyBytesMax: Int = 0, inPieces handler: @escaping StreamHandler) {
    self.init(method, path, bodyBytesMax, .inPieces(handler))
  }

  private init(_ method: String, _ path: String, _ bodyBytesMax: Int, _ answering: Answering) {
    self.method = method
    self.path = path
    self.bodyBytesMax = bodyBytesMax
    self.answering = answering
  }
}

/// The routes of a server by path.
struct RouteTable: Sendable {
  private struct Pattern: Sendable {
    let path: RoutePath
    var routes: [HTTPRoute]
  }

  /// A request's route, and the parameters of its path.
  struct Match: Sendable {
    let route: HTTPRoute
    let parameters: [String: String]
  }

  private var byPath: [String: [HTTPRoute]] = [:]
  private var patterns: [Pattern] = []

  /// - Returns: nil when two routes have one method and one path, or a path is malformed.
  init?(_ routes: [HTTPRoute]) {
    var known: Set<[String]> = []
    for route in routes {
      guard let path = RoutePath(route.path), known.insert([route.method] + path.shape).inserted else { return nil }
      if path.isLiteral {
        byPath[route.path, default: []].append(route)
      } else if let index = patterns.firstIndex(where: { $0.path.shape == path.shape }) {
        patterns[index].routes.append(route)
      } else {
        patterns.append(Pattern(path: path, routes: [route]))
      }
    }
  }

  /// The route that answers, if any.
  func find(_ method: String, _ path: String) -> Match? {
    let (routes, parameters) = all(path)
    let asked = method == "HEAD" ? "GET" : method
    return routes.first { $0.method == asked }.map { Match(route: $0, parameters: parameters) }
  }

  /// The methods that a path may be asked with; empty when it is no route.
  func methods(_ path: String) -> [String] {
    all(path).routes.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
  }

  private func all(_ path: String) -> (routes: [HTTPRoute], parameters: [String: String]) {
    if let routes = byPath[path] { return (routes, [:]) }
    for pattern in patterns {
      if let parameters = pattern.path.parameters(of: path) { return (pattern.routes, parameters) }
    }
    return ([], [:])
  }
}
