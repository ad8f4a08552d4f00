import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// Retries over real sockets: what is sent again, when, and what never is.
@Suite struct RetryTests {
  private static let quick = RetryPolicy(
    attempts: 4, backoff: Backoff(initial: .milliseconds(1), maximum: .milliseconds(5), multiplier: 2))

  private static func setup(
    _ policy: RetryPolicy? = quick, budget: RetryBudget = RetryBudget()
  ) -> ScriptedBackend.Setup {
    var setup = ScriptedBackend.Setup()
    setup.options.retryPolicy = policy
    setup.options.retryBudget = budget
    return setup
  }

  @Test func failsTwiceThenAnswers() async throws {
    try await ScriptedBackend.run(Self.setup()) { event in
      guard event.kind == .ended else { return [] }
      return event.call < 2 ? [.only(event.stream, status: "14")] : ScriptedServer.Step.wellDone(event.stream)
    } _: { backend in
      _ = try await backend.echo()
      #expect(backend.server.calls == 3)
    }
  }

  @Test func givesUpAfterTheLastAttempt() async throws {
    try await ScriptedBackend.run(Self.setup()) { event in
      event.kind == .ended ? [.only(event.stream, status: "14", [("grpc-message", "still down")])] : []
    } _: { backend in
      let error = await expect(.unavailable) { _ = try await backend.echo() }
      #expect(error?.message == "still down")
      #expect(backend.server.calls == 4)
    }
  }

  struct Once: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answer: @Sendable (UInt32) -> [ScriptedServer.Step]
    var policy: RetryPolicy? = RetryTests.quick
  }

  /// Failures after which nothing is sent again.
  @Test(arguments: [
    Once(testDescription: "another code", answer: { [.only($0, status: "5")] }),
    Once(testDescription: "the answer had begun", answer: { [.begin($0), .trailers($0, status: "14")] }),
    Once(testDescription: "reset after the answer had begun", answer: { [.begin($0), .reset($0, 7)] }),
    Once(
      testDescription: "the server wants no retry",
      answer: { [.only($0, status: "14", [("grpc-retry-pushback-ms", "-1")])] }),
    Once(
      testDescription: "the server's wish is not to be understood",
      answer: { [.only($0, status: "14", [("grpc-retry-pushback-ms", "soon")])] }),
    Once(
      testDescription: "the server says two things",
      answer: { [.only($0, status: "14", [("grpc-retry-pushback-ms", "1"), ("grpc-retry-pushback-ms", "1")])] }),
    Once(testDescription: "no policy", answer: { [.only($0, status: "14")] }, policy: nil),
    Once(testDescription: "the policy never", answer: { [.only($0, status: "14")] }, policy: .never),
  ])
  func isSentOnce(_ once: Once) async throws {
    try await ScriptedBackend.run(Self.setup(once.policy)) { event in
      event.kind == .ended ? once.answer(event.stream) : []
    } _: { backend in
      await #expect(throws: RPCError.self) { _ = try await backend.echo() }
      // A caller hears of an error when nothing more is tried.
      #expect(backend.server.calls == 1)
    }
  }

  /// The server's wait replaces ours, which would take a minute.
  @Test func theServersWaitIsObeyed() async throws {
    let slow = RetryPolicy(
      attempts: 2, backoff: Backoff(initial: .seconds(60), maximum: .seconds(60), multiplier: 1))
    try await ScriptedBackend.run(Self.setup(slow)) { event in
      guard event.kind == .ended else { return [] }
      return event.call == 0
        ? [.only(event.stream, status: "14", [("grpc-retry-pushback-ms", "30")])]
        : ScriptedServer.Step.wellDone(event.stream)
    } _: { backend in
      let clock = ContinuousClock()
      let start = clock.now
      _ = try await backend.echo()
      #expect(clock.now - start >= .milliseconds(25))
    }
  }

  @Test func theDeadlineSpansAllAttempts() async throws {
    let slow = RetryPolicy(
      attempts: 5, backoff: Backoff(initial: .seconds(60), maximum: .seconds(60), multiplier: 1))
    try await ScriptedBackend.run(Self.setup(slow)) { event in
      event.kind == .ended ? [.only(event.stream, status: "14")] : []
    } _: { backend in
      // Where the machine is busy, a deadline may pass before its call has come: then another one is made.
      var made = 0
      try await eventually {
        made += 1
        await expect(.deadlineExceeded) { _ = try await backend.echo(CallOptions(timeout: .milliseconds(50))) }
        return backend.server.calls > 0
      }
      #expect(backend.server.calls <= made)
    }
  }

  /// Refused streams and those beyond GOAWAY's last id were never seen by the application.
  @Test(arguments: [
    ("REFUSED_STREAM", [ScriptedServer.Step.reset(1, 7)]), ("GOAWAY", [.goAway(last: 0), .close]),
    ("GOAWAY on an open connection", [.goAway(last: 0)]),
  ])
  func unprocessedStreamsAreSentAgainWithoutAPolicy(name: String, steps: [ScriptedServer.Step]) async throws {
    try await ScriptedBackend.run { event in
      guard event.kind == .ended else { return [] }
      return event.call == 0 ? steps : ScriptedServer.Step.wellDone(event.stream)
    } _: { backend in
      _ = try await backend.echo()
      #expect(backend.server.calls == 2)
    }
  }

  @Test func theBudgetEndsRetries() async throws {
    try await ScriptedBackend.run(Self.setup(budget: RetryBudget(tokens: 4))) { event in
      event.kind == .ended ? [.only(event.stream, status: "14")] : []
    } _: { backend in
      // 4 tokens: the second failure leaves 2, half of them.
      await expect(.unavailable) { _ = try await backend.echo() }
      #expect(backend.server.calls == 2)
      await expect(.unavailable) { _ = try await backend.echo() }
      #expect(backend.server.calls == 3)
    }
  }

  @Test func cancellingEndsTheWaitBetweenAttempts() async throws {
    let slow = RetryPolicy(
      attempts: 5, backoff: Backoff(initial: .seconds(60), maximum: .seconds(60), multiplier: 1))
    try await ScriptedBackend.run(Self.setup(slow)) { event in
      event.kind == .ended ? [.only(event.stream, status: "14")] : []
    } _: { backend in
      let call = Task { try await backend.echo().id.string }
      try await eventually { backend.server.calls == 1 }
      call.cancel()
      await expect(.cancelled) { _ = try await call.value }
      #expect(backend.server.calls == 1)
    }
  }

  /// What the server is told, and that each attempt carries the whole request.
  @Test func attemptsAreCounted() async throws {
    try await FlakyBackend.run(failures: 3) { backend in
      let request = EchoRequest(in: Arena())
      request.payload = Bytes(repeatElement(7, count: 100_000), in: Arena())
      let reply: EchoReply = try await backend.channel.unary(FlakyBackend.echoPath, request)
      #expect(reply.payload.count == 100_000)
      #expect(backend.service.attempts.withLock { $0 } == [nil, "1", "2", "3"])
    }
  }

  /// The requests of a stream are sent again, in order, as long as they fit the buffer.
  @Test func streamsOfRequestsAreReplayed() async throws {
    try await FlakyBackend.run(failures: 2) { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        FlakyBackend.sumPath)
      for number in 1...50 { try await call.send(EchoRequest.of(bytes: number)) }
      #expect(try await call.finish().lastSeq == 50 * 51 / 2)
      #expect(backend.service.attempts.withLock { $0.count } == 3)
    }
  }

  @Test func aStreamThatOutgrewItsBufferIsNotReplayed() async throws {
    try await FlakyBackend.run(failures: 1, bufferBytes: 10_000) { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        FlakyBackend.sumPath)
      await expect(.unavailable) {
        for _ in 0..<2 { try await call.send(EchoRequest.of(bytes: 20_000)) }
        _ = try await call.finish()
      }
      #expect(backend.service.attempts.withLock { $0.count } == 1)
    }
  }

  @Test func streamsOfResponsesAreRetriedUntilTheyBegin() async throws {
    try await FlakyBackend.run(failures: 2) { backend in
      let replies: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
        FlakyBackend.floodPath, EchoRequest.of(bytes: 10))
      var sizes: [Int] = []
      for try await reply in replies { sizes.append(reply.payload.count) }
      #expect(sizes == [10, 10, 10])
      #expect(backend.service.attempts.withLock { $0.count } == 3)
    }
  }

  @Test func streamsBothWaysAreRetriedUntilTheyBegin() async throws {
    try await FlakyBackend.run(failures: 2) { backend in
      let call: BidirectionalCall<EchoRequest, EchoReply> = try await backend.channel.bidirectional(
        FlakyBackend.chatPath)
      var replies = call.responses.makeAsyncIterator()
      for number in 1...20 {
        try await call.send(EchoRequest.of(bytes: number))
        #expect(try await replies.next()?.payload.count == number)
      }
      call.endRequests()
      #expect(try await replies.next() == nil)
      #expect(backend.service.attempts.withLock { $0.count } == 3)
    }
  }
}

/// A server whose methods fail with UNAVAILABLE so many times before they work.
final class FlakyBackend: Sendable {
  static let echoPath = "/test.Flaky/Echo"
  static let sumPath = "/test.Flaky/Sum"
  static let floodPath = "/test.Flaky/Flood"
  static let chatPath = "/test.Flaky/Chat"

  let channel: Channel
  let service: FlakyService
  private let group = EventLoopGroup(count: 2)
  private let server: RPCServer

  private init(failures: Int, bufferBytes: Int, interceptors: [any ClientInterceptor], retries: Bool) async throws {
    service = FlakyService(failures: failures)
    server = RPCServer(group: group, services: [service])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    var options = ChannelOptions()
    if retries {
      options.retryPolicy = RetryPolicy(
        attempts: 5, backoff: Backoff(initial: .milliseconds(1), maximum: .milliseconds(5), multiplier: 2))
    }
    options.limits.retryBufferBytesMax = bufferBytes
    options.interceptors = interceptors
    channel = Channel(address, options: options, on: group.loops[1])
  }

  static func run(
    failures: Int, bufferBytes: Int = 256 * 1024, interceptors: [any ClientInterceptor] = [], retries: Bool = true,
    _ body: (FlakyBackend) async throws -> Void
  ) async throws {
    let backend = try await FlakyBackend(
      failures: failures, bufferBytes: bufferBytes, interceptors: interceptors, retries: retries)
    try await serve(backend.server, backend.channel, backend.group) { try await body(backend) }
  }
}

final class FlakyService: RPCService {
  /// What each attempt said of the ones before it.
  let attempts = Mutex<[String?]>([])
  private let failures: Int

  init(failures: Int) { self.failures = failures }

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Flaky", file: bench_file, methods: [])
  }

  private func begin(_ call: Call) throws {
    let number = attempts.withLock {
      $0.append(call.metadata["grpc-previous-rpc-attempts"])
      return $0.count
    }
    if number <= failures { throw RPCError(.unavailable, "attempt \(number)", trailers: ["x-attempt": "\(number)"]) }
    call.headers.add("x-attempt", "\(number)")
    call.trailers.add("x-user", call.metadata["authorization"] ?? "nobody")
  }

  private static func reply(_ request: EchoRequest, in arena: Arena) -> EchoReply {
    let reply = EchoReply(in: arena)
    reply.payload = request.payload
    return reply
  }

  var methods: [Method] {
    [
      .unary(FlakyBackend.echoPath) { (request: EchoRequest, call) in
        try self.begin(call)
        return Self.reply(request, in: call.arena)
      },
      .clientStreaming(FlakyBackend.sumPath) { (requests: RequestStream<EchoRequest>, call) in
        var requests = requests
        // The first ones have arrived when it fails.
        var sum = Int64(try await requests.next()?.payload.count ?? 0)
        sum += Int64(try await requests.next()?.payload.count ?? 0)
        try self.begin(call)
        while let request = try await requests.next() { sum += Int64(request.payload.count) }
        let reply = PublishReply(in: call.arena)
        reply.lastSeq = sum
        return reply
      },
      .serverStreaming(FlakyBackend.floodPath) {
        (request: EchoRequest, responses: ResponseStream<EchoReply>, call) in
        try self.begin(call)
        for _ in 0..<3 { try await responses.send(Self.reply(request, in: responses.arena)) }
      },
      .bidirectional(FlakyBackend.chatPath) {
        (requests: RequestStream<EchoRequest>, responses: ResponseStream<EchoReply>, call) in
        var requests = requests
        var isFirst = true
        while let request = try await requests.next() {
          if isFirst { try self.begin(call) }
          isFirst = false
          try await responses.send(Self.reply(request, in: responses.arena))
        }
      },
    ]
  }
}
