import Testing

@testable import RPC

/// What a request is that is no gRPC over HTTP/2, from its headers alone.
@Suite struct WebRequestTests {
  private static let methods: [String: RPC.Method] = {
    let methods = [
      RPC.Method(path: "/a.S/Read", kind: .unary, isSideEffectFree: true) { _ in },
      RPC.Method(path: "/a.S/Write", kind: .unary) { _ in },
      RPC.Method(path: "/a.S/Watch", kind: .serverStreaming) { _ in },
      RPC.Method(path: "/a.S/Collect", kind: .clientStreaming) { _ in },
      RPC.Method(path: "/a.S/Chat", kind: .bidirectional) { _ in },
    ]
    return Dictionary(uniqueKeysWithValues: methods.map { ($0.path, $0) })
  }()

  private static func server(_ origins: [String] = []) throws -> WebServer {
    let routes = try #require(RouteTable([HTTPRoute("GET", "/metrics") { _ in HTTPResponse(text: "a") }]))
    let policy = origins.isEmpty ? .sameOriginOnly : try CrossOriginPolicy(origins: origins)
    return WebServer(routes: routes, crossOrigin: policy, limits: RPCLimits()) { methods[$0] }
  }

  private func decide(
    _ method: String, _ target: String, _ type: String? = nil, _ metadata: Metadata = [:], isHTTP2: Bool = true,
    origins: [String] = []
  ) throws -> WebRequest.Decision {
    WebRequest(method: method, target: target, contentType: type, metadata: metadata, isHTTP2: isHTTP2)
      .decide(try Self.server(origins))
  }

  /// The status of an answer at once; nil for anything else.
  private func status(_ decision: WebRequest.Decision) -> Int? {
    if case .answer(let response) = decision { response.status } else { nil }
  }

  private func called(_ decision: WebRequest.Decision) throws -> WebRequest.Called {
    guard case .call(let called) = decision else {
      throw RPCError(.internal, "no call, but \(decision)")
    }
    return called
  }

  @Test(arguments: [
    ("application/grpc-web", WebContentType.grpcWeb(isText: false)),
    ("application/grpc-web+proto", .grpcWeb(isText: false)),
    ("application/grpc-web-text", .grpcWeb(isText: true)), ("application/grpc-web-text+proto", .grpcWeb(isText: true)),
    ("application/json", .connectUnary(.json)), ("application/proto", .connectUnary(.proto)),
    ("application/connect+json", .connectStream(.json)), ("application/connect+proto", .connectStream(.proto)),
    ("application/grpc", .grpc), ("application/grpc+proto", .grpc),
    ("Application/JSON ; charset=utf-8", .connectUnary(.json)), (" application/proto;a=b", .connectUnary(.proto)),
  ])
  func contentTypesAreKnown(_ text: String, _ type: WebContentType) { #expect(WebContentType(text) == type) }

  @Test(arguments: [
    "", ";", "application", "application/", "text/json", "application/jsonp", "application/grpc-web+json",
    "application/connect", "application/grpc+json", "application/x-www-form-urlencoded", "application /json",
  ])
  func otherContentTypesAreNot(_ text: String) { #expect(WebContentType(text) == nil) }

  @Test func eachTypeNamesItself() {
    for kind in [MethodKind.unary, .clientStreaming, .serverStreaming, .bidirectional] {
      for type in WebContentType.accepted(for: kind) {
        #expect(WebContentType(type.text) == type && type.suits(kind))
      }
    }
  }

  @Test(arguments: [
    ("POST", "/a.S/Read", "text/plain", 415), ("POST", "/a.S/Read", "application/connect+json", 415),
    ("POST", "/a.S/Watch", "application/json", 415), ("POST", "/nowhere", "text/plain", 404),
    ("PUT", "/a.S/Read", "application/json", 405), ("GET", "/a.S/Write", "", 405), ("GET", "/nowhere", "", 404),
    ("POST", "/metrics", "", 405), ("OPTIONS", "/a.S/Read", "", 204), ("HEAD", "/a.S/Read", "", 415),
    ("OPTIONS", "*", "", 204), ("OPTIONS", "/nowhere", "", 404), ("HEAD", "/a.S/Write", "", 405),
    ("GET", "/a.S/Read", "", 415), ("GET", "/a.S/Read?encoding=xml", "", 415), ("GET", "", "", 404),
  ])
  func isAnsweredAtOnce(_ method: String, _ target: String, _ type: String, _ expected: Int) throws {
    #expect(status(try decide(method, target, type.isEmpty ? nil : type)) == expected)
  }

  @Test(arguments: [
    ("/a.S/Read", "application/grpc"), ("/a.S/Chat", "application/connect+proto"),
    ("/a.S/Chat", "application/grpc-web"),
    ("/nowhere", "application/grpc"),
  ])
  func whatNeedsHTTP2IsToldSo(_ path: String, _ type: String) throws {
    #expect(status(try decide("POST", path, type, isHTTP2: false)) == 505)
  }

  @Test func routesGoBeforeCalls() throws {
    for method in ["GET", "HEAD"] {
      guard case .route(let match) = try decide(method, "/metrics?a=b") else {
        Issue.record("no route")
        return
      }
      #expect(match.route.path == "/metrics")
    }
  }

  @Test func aPreflightIsOneOnlyWhereOriginsAreKnownAndTheMethodIs() throws {
    let asking: Metadata = ["origin": "https://a.example", "access-control-request-method": "POST"]
    for path in ["/a.S/Read", "/metrics", "/nowhere"] {
      for origins in [["https://b.example"], []] {
        guard case .foreign("https://a.example") = try decide("OPTIONS", path, nil, asking, origins: origins) else {
          Issue.record("the origin is not refused")
          return
        }
      }
    }
    guard case .preflight = try decide("OPTIONS", "/a.S/Read", nil, asking, origins: ["https://a.example"]) else {
      Issue.record("no preflight")
      return
    }
    #expect(status(try decide("OPTIONS", "/metrics", nil, asking, origins: ["*"])) == 405)
    #expect(status(try decide("OPTIONS", "/nowhere", nil, asking, origins: ["*"])) == 404)
  }

  @Test(arguments: [
    ("connect-protocol-version", "2", StatusCode.invalidArgument), ("connect-timeout-ms", "soon", .invalidArgument),
    ("content-encoding", "br", .unimplemented), ("connect-timeout-ms", "12345678901", .invalidArgument),
  ])
  func aCallIsRefusedInItsOwnWords(_ name: String, _ value: String, _ code: StatusCode) throws {
    var metadata = Metadata()
    metadata.addAsIs(name, value)
    let call = try called(decide("POST", "/a.S/Read", "application/json", metadata))
    #expect(call.refusal?.code == code && call.dialect is ConnectUnary)
  }

  @Test func anUnknownMethodIsRefusedInTheCallersDialect() throws {
    for (type, dialect) in [
      ("application/json", ConnectUnary.self as Dialect.Type), ("application/grpc-web", GRPCWeb.self),
      ("application/connect+proto", ConnectStreaming.self),
    ] {
      let call = try called(decide("POST", "/a.S/Nothing", type))
      #expect(call.refusal?.code == .unimplemented && call.method == nil && type.isEmpty == false)
      #expect(Swift.type(of: call.dialect) == dialect)
    }
  }

  @Test(
    arguments: [
      ("gzip", nil, Compression.gzip, Compression.gzip), (nil, "gzip", .identity, .gzip),
      (nil, nil, .identity, .identity),
      ("gzip", "identity", .gzip, .identity), (nil, "br, deflate;q=0.1, gzip;q=0", .identity, .deflate),
      ("identity", "deflate, gzip", .identity, .gzip),
    ] as [(String?, String?, Compression, Compression)])
  func compressionIsNegotiated(
    _ encoding: String?, _ accepted: String?, _ read: Compression, _ written: Compression
  ) throws {
    var metadata = Metadata()
    if let encoding { metadata.addAsIs("content-encoding", encoding) }
    if let accepted { metadata.addAsIs("accept-encoding", accepted) }
    let call = try called(decide("POST", "/a.S/Read", "application/proto", metadata))
    #expect(call.encoding == read && call.preferredCompression == written && call.refusal == nil)
  }

  @Test(
    arguments: [
      ("encoding=json&message=%7B%7D", nil), ("encoding=proto&message=", nil),
      ("encoding=json&message=a&connect=v1", nil),
      ("encoding=json", StatusCode.invalidArgument), ("encoding=json&message=a&connect=v2", .invalidArgument),
      ("encoding=proto&base64=1&message=*", .invalidArgument), ("encoding=proto&base64=1&message=_-A", nil),
      ("encoding=proto&base64=1&message=_-A=", nil), ("encoding=proto&base64=1&message=_=A=", .invalidArgument),
      ("encoding=json&message=a&compression=br", .unimplemented),
    ] as [(String, StatusCode?)])
  func aQueryIsACall(_ query: String, _ code: StatusCode?) throws {
    let call = try called(decide("GET", "/a.S/Read?\(query)"))
    #expect(call.refusal?.code == code && call.method?.path == "/a.S/Read")
  }

  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("9999999999", 9_999_999_999), ("0000000001", 1), ("00000000001", nil), ("", nil),
      ("-1", nil),
      ("+1", nil), (" 1", nil), ("1.0", nil), ("1s", nil), ("\u{661}", nil),
    ] as [(String, Int64?)])
  func timeoutsAreAtMostTenDigitsOfMilliseconds(_ text: String, _ milliseconds: Int64?) {
    #expect(ConnectTimeout.parse(text) == milliseconds.map { $0 * 1_000_000 })
  }

  @Test func noTwoRoutesShareAMethodAndAPath() {
    let route = { (method: String, path: String) in HTTPRoute(method, path) { _ in HTTPResponse(text: "") } }
    #expect(RouteTable([route("GET", "/a"), route("GET", "/a")]) == nil)
    #expect(RouteTable([route("GET", "a")]) == nil)
    #expect(RouteTable([route("GET", "/a?b")]) == nil)
    let table = RouteTable([route("GET", "/a"), route("POST", "/a")])
    #expect(table?.methods("/a") == ["GET", "HEAD", "POST"])
    #expect(table?.find("HEAD", "/a")?.route.method == "GET")
    #expect(table?.find("PUT", "/a") == nil && table?.methods("/b") == [])
  }

  @Test(
    arguments: [
      ("/hooks/acme", "/hooks/{provider}", ["provider": "acme"]), ("/hooks/new", "/hooks/new", [:]),
      ("/hooks/a%2Fb%20c+d", "/hooks/{provider}", ["provider": "a/b c+d"]),
      ("/hooks/acme/7", "/hooks/{provider}/{account}", ["provider": "acme", "account": "7"]),
      ("/hooks/%ff", "/hooks/{provider}", ["provider": "\u{fffd}"]),
      ("/hooks/", nil, [:]), ("/hooks", nil, [:]), ("/hooks/acme/7/x", nil, [:]), ("/hook/acme", nil, [:]),
      ("/hooks//7", nil, [:]), ("/", nil, [:]), ("", nil, [:]), ("hooks/acme", nil, [:]),
    ] as [(String, String?, [String: String])])
  func aSegmentOfAPathMayBeAParameter(_ path: String, _ route: String?, _ parameters: [String: String]) throws {
    let table = try #require(
      RouteTable(
        ["/hooks/{provider}", "/hooks/new", "/hooks/{provider}/{account}"].map { path in
          HTTPRoute("POST", path) { _ in HTTPResponse(text: "") }
        }))
    let match = table.find("POST", path)
    #expect(match?.route.path == route)
    #expect(match?.parameters ?? [:] == parameters)
    #expect(table.methods(path) == (match == nil ? [] : ["POST"]))
  }

  @Test(arguments: [
    ["/a/{b}", "/a/{c}"], ["/{a}/{a}"], ["/{}"], ["/a/{b}", "/a/{b}"],
  ])
  func routesWithParametersMustDiffer(_ paths: [String]) {
    #expect(RouteTable(paths.map { path in HTTPRoute("GET", path) { _ in HTTPResponse(text: "") } }) == nil)
  }
}
