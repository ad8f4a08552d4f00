import EventLoop
import InventoryAPI
import Platform
import Protobuf
import RPC
import Synchronization
import Testing

/// Watches nothing for ever, once it has said that it began.
private final class EndlessService: RPCService {
  let ended = Mutex(0)

  var serviceDescriptor: ServiceDescriptor { inventoryServiceDescriptor }

  var methods: [RPC.Method] {
    [
      .serverStreaming("/test.v1.Endless/Watch") {
        (_: GetStockRequest, responses: ResponseStream<GetStockResponse>, call: Call) in
        defer { self.ended.withLock { $0 += 1 } }
        try await responses.send(GetStockResponse(in: responses.arena))
        while true { try await call.loop.sleep(for: .seconds(3_600)) }
      }
    ]
  }
}

/// Says of every caller what it was last told to.
private final class ChangingAuthenticator: Authenticator {
  let answer = Mutex<Result<Caller, AuthenticationError>>(.success(TestCaller.admin.caller(seller: nil)))

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller { try answer.withLock { $0 }.get() }
}

@Suite struct OpenStreamTests {
  private static let changes: [(String, Result<Caller, AuthenticationError>, StatusCode, String)] = [
    ("the session ended", .failure(.ended), .unauthenticated, "SESSION_ENDED"),
    ("the rights changed", .failure(.outdated), .unauthenticated, "CREDENTIALS_OUTDATED"),
    ("the token expired", .failure(.expired), .unauthenticated, "CREDENTIALS_EXPIRED"),
    (
      "the role was taken away", .success(TestCaller.customer.caller(seller: nil)), .permissionDenied,
      "PERMISSION_MISSING"
    ),
  ]

  @Test(
    "a stream ends when its caller may no longer have it", .timeLimit(.minutes(5)), arguments: changes.indices)
  func ends(index: Int) async throws {
    let (name, change, code, reason) = Self.changes[index]
    try await Self.serve(MethodPolicy(access: .permitted(.securityRead))) { channel, authenticator, service in
      let first = try await Self.watch(channel)
      let second = try await Self.watch(channel)
      authenticator.answer.withLock { $0 = change }
      for stream in [first, second] {
        let error = await failure { for try await _ in stream {} }
        #expect(error?.code == code, "\(name)")
        #expect(
          error?.details.contains {
            if case .errorInfo(reason, "fastshop", _) = $0 { true } else { false }
          } == true, "\(name)")
      }
      // The handlers end too, though their callers may hear of it first.
      while service.ended.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  @Test("a stream that everybody may open ends when whoever opened it has lost their rights", .timeLimit(.minutes(5)))
  func publicStreamsEnd() async throws {
    try await Self.serve(MethodPolicy(access: .everybody)) { channel, authenticator, service in
      let stream = try await Self.watch(channel)
      authenticator.answer.withLock { $0 = .failure(.ended) }
      let error = await failure { for try await _ in stream {} }
      #expect(error?.code == .unauthenticated)
    }
  }

  /// A stream that has begun.
  private static func watch(
    _ channel: Channel, _ options: CallOptions = CallOptions()
  ) async throws -> ClientResponseStream<GetStockResponse> {
    let stream: ClientResponseStream<GetStockResponse> = try await channel.serverStreaming(
      "/test.v1.Endless/Watch", request(GetStockRequest.self), options)
    for try await _ in stream { break }
    return stream
  }

  private static func serve(
    _ policy: MethodPolicy, _ body: (Channel, ChangingAuthenticator, EndlessService) async throws -> Void
  ) async throws {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    let service = EndlessService()
    let authenticator = ChangingAuthenticator()
    let policies = PolicyTable(services: [service], all: policy)
    let server = RPCServer(
      group: group, services: [service],
      interceptors: [Authentication(policies, authenticator), AccessControl(policies)])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    let channel = Channel(address, on: group.loops[0])
    try await body(channel, authenticator, service)
    await channel.close()
    await server.shutdown(grace: .zero)
  }
}
