internal import Protobuf

/// The headers of a request other than gRPC over HTTP/2, and the decision how to serve it.
struct WebRequest {
  /// How a request is served.
  enum Decision {
    /// It is answered at once.
    case answer(HTTPResponse)
    /// A page of another origin asks what it may send.
    case preflight(HTTPResponse)
    /// A page of an origin that may not call asks what it may send.
    case foreign(origin: String)
    /// A route answers it.
    case route(RouteTable.Match)
    /// It is a call.
    case call(Called)
  }

  /// A call in a dialect other than gRPC's own.
  struct Called {
    /// Nil when there is no such method.
    var method: Method?
    var dialect: Dialect
    /// Nanoseconds.
    var timeout: Int64?
    var encoding = Compression.identity
    var accepted = CompressionSet.identity
    /// The compression of responses when the handler does not choose one.
    var preferredCompression = Compression.identity
    /// Why it is refused, in the dialect's words.
    var refusal: RPCError?
  }

  let method: String
  let path: String
  let query: String
  let contentType: String?
  let metadata: Metadata
  let isHTTP2: Bool
  // gRPC's own fields, which gRPC-Web has as well.
  var encoding = Compression.identity
  var accepted = CompressionSet.identity
  var unknownEncoding: String?
  /// The value of gRPC-Web's `grpc-timeout`, and whether it is malformed.
  var timeout: Int64?
  var isTimeoutMalformed = false

  /// A request for `target`, a path with or without a query.
  init(method: String, target: String, contentType: String?, metadata: Metadata, isHTTP2: Bool) {
    self.method = method
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts.first.map(String.init) ?? ""
    query = parts.count > 1 ? String(parts[1]) : ""
    self.contentType = contentType
    self.metadata = metadata
    self.isHTTP2 = isHTTP2
  }

  // MARK: The decision

  /// Decides by the headers alone how the request is served.
  func decide(_ server: WebServer) -> Decision {
    let called = server.find(path)
    let routed = server.routes.methods(path)
    if method == "OPTIONS" { return options(called.map(Self.methods) ?? routed, server.crossOrigin) }
    if let route = server.routes.find(method, path) { return .route(route) }
    if !routed.isEmpty { return .answer(Self.notAllowed(routed)) }
    if (method == "GET" || method == "HEAD") && called?.isSideEffectFree == true { return get(called, server) }
    if method != "POST" {
      return .answer(called.map { Self.notAllowed(Self.methods($0)) } ?? HTTPResponse(status: 404, text: "not found\n"))
    }
    return post(called, server)
  }

  /// The methods of a path, or, for `*`, of the server.
  private func options(_ methods: [String], _ policy: CrossOriginPolicy) -> Decision {
    if let asked = metadata["access-control-request-method"], let origin = metadata["origin"] {
      if !policy.allows(origin) { return .foreign(origin: origin) }
      if methods.contains(asked) {
        let names = metadata["access-control-request-headers"]
        return .preflight(policy.preflight(origin: origin, methods: methods, requested: names))
      }
      if !methods.isEmpty { return .answer(Self.notAllowed(methods)) }
    }
    if methods.isEmpty && path != "*" { return .answer(HTTPResponse(status: 404, text: "not found\n")) }
    return .answer(Self.allowing(methods.isEmpty ? Self.serverMethods : methods, status: 204))
  }

  private func post(_ called: Method?, _ server: WebServer) -> Decision {
    guard let type = contentType.flatMap(WebContentType.init) else {
      return .answer(called.map { Self.unsupported($0.kind) } ?? HTTPResponse(status: 404, text: "not found\n"))
    }
    let fields = server.fields(origin: metadata["origin"])
    if let called {
      if !type.suits(called.kind) { return .answer(Self.unsupported(called.kind)) }
      if !isHTTP2 && (type == .grpc || called.kind == .bidirectional) {
        return .answer(HTTPResponse(status: 505, text: "this call needs HTTP/2\n"))
      }
    }
    var call: Called
    switch type {
    case .grpc: return .answer(HTTPResponse(status: 505, text: "gRPC needs HTTP/2\n"))
    case .grpcWeb(let isText): call = grpcWeb(called, isText: isText, fields)
    case .connectUnary(let codec):
      call = connect(called, "content-encoding", "accept-encoding") {
        ConnectUnary(
          codec, bytesMax: server.bytesMax(of: called, $0), isCompressed: $0 != .identity, fields: fields)
      }
    case .connectStream(let codec):
      call = connect(called, "connect-content-encoding", "connect-accept-encoding") { _ in
        ConnectStreaming(codec, fields: fields)
      }
    }
    if called == nil { call.refusal = RPCError(.unimplemented, "unknown method \(EchoedText.cut(path))") }
    return .call(call)
  }

  private func grpcWeb(_ called: Method?, isText: Bool, _ fields: Metadata) -> Called {
    let wantsText = metadata["accept"]?.contains("application/grpc-web-text") == true
    var call = Called(
      method: called, dialect: GRPCWeb(isText: isText, answersText: isText || wantsText, fields: fields),
      timeout: timeout, encoding: encoding, accepted: accepted)
    if isTimeoutMalformed { call.refusal = RPCError(.internal, "the grpc-timeout header is malformed") }
    if let unknownEncoding { call.refusal = Self.unknown(encoding: unknownEncoding) }
    return call
  }

  private func connect(
    _ called: Method?, encoding named: String?, _ acceptField: String, _ dialect: (Compression) -> Dialect
  ) -> Called {
    let encoding = named.flatMap { Compression(name: $0.utf8) }
    var call = Called(method: called, dialect: dialect(encoding ?? .identity))
    call.encoding = encoding ?? .identity
    // A caller that does not name encodings accepts the one that it sends.
    let accepted = metadata.values(acceptField)
    call.accepted =
      accepted.isEmpty ? CompressionSet(call.encoding) : CompressionSet(list: accepted.joined(separator: ",").utf8)
    call.preferredCompression = [.gzip, .deflate].first { call.accepted.contains($0) } ?? .identity
    if let version = metadata["connect-protocol-version"], version != "1" {
      call.refusal = RPCError(.invalidArgument, "connect-protocol-version must be 1")
    }
    if let text = metadata["connect-timeout-ms"] {
      call.timeout = ConnectTimeout.parse(text)
      if call.timeout == nil {
        call.refusal = RPCError(.invalidArgument, "connect-timeout-ms must be a number of at most ten digits")
      }
    }
    if let named, encoding == nil { call.refusal = Self.unknown(encoding: named) }
    return call
  }

  private func connect(
    _ called: Method?, _ encodingField: String, _ acceptField: String, _ dialect: (Compression) -> Dialect
  ) -> Called {
    connect(called, encoding: metadata[encodingField], acceptField, dialect)
  }

  /// A call without side effects, whose request is in the query.
  private func get(_ called: Method?, _ server: WebServer) -> Decision {
    let items = QueryItems(query)
    guard let codec = items["encoding"].flatMap(MessageCodec.init) else {
      return .answer(HTTPResponse(status: 415, text: "the query needs encoding=json or encoding=proto\n"))
    }
    var message = items.bytes("message")
    var wrong = message == nil ? "the query has no message" : nil
    if items["base64"] == "1", let text = message {
      message = Base64.decode(urlSafe: text)
      if message == nil { wrong = "the query's message is not base 64" }
    }
    if let version = items["connect"], version != "v1" { wrong = "the query's connect must be v1" }
    var call = connect(called, encoding: items["compression"], "accept-encoding") {
      ConnectUnary(
        codec, bytesMax: server.bytesMax(of: called, $0), isCompressed: $0 != .identity, message: message ?? [],
        isHeadOnly: method == "HEAD", fields: server.fields(origin: metadata["origin"]))
    }
    if let wrong { call.refusal = RPCError(.invalidArgument, wrong) }
    return .call(call)
  }

  // MARK: Refusals

  private static func methods(_ method: Method) -> [String] {
    method.isSideEffectFree ? ["GET", "HEAD", "POST"] : ["POST"]
  }

  private static func unknown(encoding: String) -> RPCError {
    RPCError(
      .unimplemented, "the encoding \(EchoedText.cut(encoding)) is not supported; \(CompressionSet.advertised) are")
  }

  private static func notAllowed(_ methods: [String]) -> HTTPResponse {
    var response = allowing(methods, status: 405)
    response.headers.addAsIs("content-type", "text/plain; charset=utf-8")
    response.body = Array("method not allowed\n".utf8)
    return response
  }

  private static func allowing(_ methods: [String], status: Int) -> HTTPResponse {
    var response = HTTPResponse(status: status)
    response.headers.addAsIs("allow", (methods + ["OPTIONS"]).joined(separator: ", "))
    return response
  }

  /// The methods of some path of the server.
  private static let serverMethods = ["GET", "HEAD", "POST"]

  private static func unsupported(_ kind: MethodKind) -> HTTPResponse {
    let types = WebContentType.accepted(for: kind).map(\.text).joined(separator: ", ")
    var response = HTTPResponse(status: 415, text: "the content type must be one of: \(types)\n")
    response.headers.addAsIs("accept-post", types)
    return response
  }
}

/// The server's configuration for clients other than gRPC's.
struct WebServer: Sendable {
  let routes: RouteTable
  let crossOrigin: CrossOriginPolicy
  let limits: RPCLimits
  /// Finds a method by its path.
  let find: @Sendable (String) -> Method?

  /// The most bytes of a request on the wire.
  func bytesMax(of method: Method?, _ compression: Compression) -> Int {
    let limit = min(method?.rules.bytesMax ?? .max, limits.requestBytesMax)
    return compression == .identity ? limit : Compression.wireBytesMax(limit: limit)
  }

  /// The fields of CORS for an answer to a request of that origin.
  func fields(origin: String?) -> Metadata {
    var fields = Metadata()
    for field in crossOrigin.fields(origin: origin) { fields.addAsIs(field.name, field.value) }
    return fields
  }
}
