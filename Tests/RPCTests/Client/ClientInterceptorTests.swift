import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// Interceptors of a client: before, after, around and instead of calls of all four kinds.
@Suite struct ClientInterceptorTests {
  /// Who the caller is, on every call.
  private struct Credentials: ClientInterceptor {
    let token: String

    func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
      call.options.metadata.add("authorization", "Bearer \(token)")
      try await next(call)
    }
  }

  private struct Span: Sendable, Equatable {
    var path: String
    var kind: MethodKind
    var code: StatusCode
    var server: String?
  }

  /// What became of every call, as tracing would want to know it.
  private final class Observer: ClientInterceptor {
    let spans = Mutex<[Span]>([])

    func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
      do {
        try await next(call)
        note(call, .ok)
      } catch let error as RPCError {
        note(call, error.code)
        throw error
      }
    }

    private func note(_ call: ClientCall, _ code: StatusCode) {
      #expect(call.loop.isCurrent)
      spans.withLock {
        $0.append(Span(path: call.path, kind: call.kind, code: code, server: call.trailers["x-user"]))
      }
    }
  }

  /// Makes calls again by its own rule.
  private struct Stubborn: ClientInterceptor {
    func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
      while true {
        do {
          return try await next(call)
        } catch let error as RPCError where error.code == .unavailable && call.isRepeatable {
          try await call.loop.sleep(for: .milliseconds(1))
        }
      }
    }
  }

  /// Answers without the server.
  private struct Stand: ClientInterceptor {
    let count: Int

    func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
      let reply = EchoReply(in: Arena())
      reply.id = reply.storage.arena.text("from the stand-in")
      for _ in 0..<count { try call.answer(with: reply) }
    }
  }

  private struct Refuser: ClientInterceptor {
    let error: any Error & Sendable
    func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws { throw error }
  }

  private struct OutOfCoffee: Error {}

  /// One call of each kind; returns how many responses came.
  private static func callAll(_ channel: Channel) async throws -> Int {
    let _: EchoReply = try await channel.unary(FlakyBackend.echoPath, EchoRequest.of(bytes: 1))
    var count = 1
    let replies: ClientResponseStream<EchoReply> = try await channel.serverStreaming(
      FlakyBackend.floodPath, EchoRequest.of(bytes: 1))
    for try await _ in replies { count += 1 }
    let sum: ClientStreamingCall<EchoRequest, PublishReply> = try await channel.clientStreaming(FlakyBackend.sumPath)
    for _ in 0..<3 { try await sum.send(EchoRequest.of(bytes: 1)) }
    count += Int(try await sum.finish().lastSeq)
    let chat: BidirectionalCall<EchoRequest, EchoReply> = try await channel.bidirectional(FlakyBackend.chatPath)
    for _ in 0..<3 { try await chat.send(EchoRequest.of(bytes: 1)) }
    chat.endRequests()
    for try await _ in chat.responses { count += 1 }
    return count
  }

  private static let paths = [
    FlakyBackend.echoPath, FlakyBackend.floodPath, FlakyBackend.sumPath, FlakyBackend.chatPath,
  ]
  private static let kinds: [MethodKind] = [.unary, .serverStreaming, .clientStreaming, .bidirectional]

  @Test func metadataAndOutcomeOfAllFourKinds() async throws {
    let observer = Observer()
    try await FlakyBackend.run(failures: 0, interceptors: [observer, Credentials(token: "t")]) { backend in
      #expect(try await Self.callAll(backend.channel) == 10)
      try await eventually { observer.spans.withLock { $0.count } == 4 }
      #expect(
        observer.spans.withLock { $0 }
          == zip(Self.paths, Self.kinds).map { Span(path: $0, kind: $1, code: .ok, server: "Bearer t") })
    }
  }

  /// The first one of the list sees all that the others do as one call.
  @Test func interceptorsMayRepeatWhatFailed() async throws {
    let observer = Observer()
    try await FlakyBackend.run(failures: 7, interceptors: [observer, Stubborn()], retries: false) { backend in
      #expect(try await Self.callAll(backend.channel) == 10)
      try await eventually { observer.spans.withLock { $0.count } == 4 }
      #expect(observer.spans.withLock { $0.map(\.code) } == [.ok, .ok, .ok, .ok])
      #expect(backend.service.attempts.withLock { $0.count } == 7 + 4)
    }
  }

  @Test func repeatingStreamsOfRequests() async throws {
    try await FlakyBackend.run(failures: 3, interceptors: [Stubborn()], retries: false) { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        FlakyBackend.sumPath)
      for number in 1...50 { try await call.send(EchoRequest.of(bytes: number)) }
      let sum = try await call.finish().lastSeq
      #expect(sum == 50 * 51 / 2)
    }
  }

  /// What the caller has seen cannot be taken back: repeating only repeats the failure.
  @Test func nothingIsRepeatedBehindTheCallersBack() async throws {
    var setup = ScriptedBackend.Setup()
    setup.options.interceptors = [Stubborn()]
    try await ScriptedBackend.run(setup) { event in
      guard event.kind == .ended else { return [] }
      return [.begin(event.stream), .message(event.stream, []), .message(event.stream, [])]
    } _: { backend in
      let replies: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
        "/test/Stream", EchoRequest(in: Arena()))
      var iterator = replies.makeAsyncIterator()
      for _ in 0..<2 { _ = try await iterator.next() }
      backend.server.say([.trailers(1, status: "14")], on: 0)
      await expect(.unavailable) { _ = try await iterator.next() }
      #expect(backend.server.calls == 1)
    }
  }

  @Test func interceptorsMayAnswerThemselves() async throws {
    try await FlakyBackend.run(failures: 0, interceptors: [Stand(count: 1)]) { backend in
      let reply: EchoReply = try await backend.channel.unary(FlakyBackend.echoPath, EchoRequest(in: Arena()))
      #expect(reply.id == "from the stand-in")
      let call: ClientStreamingCall<EchoRequest, EchoReply> = try await backend.channel.clientStreaming("/x/y")
      try await call.send(EchoRequest(in: Arena()))
      let only = try await call.finish()
      #expect(only.id == "from the stand-in")
    }
    try await FlakyBackend.run(failures: 0, interceptors: [Stand(count: 3)]) { backend in
      let replies: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
        FlakyBackend.floodPath, EchoRequest(in: Arena()))
      var count = 0
      for try await reply in replies where reply.id == "from the stand-in" { count += 1 }
      #expect(count == 3)
      #expect(backend.service.attempts.withLock { $0.isEmpty })
    }
    try await FlakyBackend.run(failures: 0, interceptors: [Stand(count: 0)]) { backend in
      await expect(.unimplemented) {
        let _: EchoReply = try await backend.channel.unary(FlakyBackend.echoPath, EchoRequest(in: Arena()))
      }
    }
  }

  @Test func whatAnInterceptorThrowsIsTheOutcome() async throws {
    let refusal = RPCError(.permissionDenied, "not you")
    try await FlakyBackend.run(failures: 0, interceptors: [Refuser(error: refusal)]) { backend in
      await expect(.permissionDenied) {
        let _: EchoReply = try await backend.channel.unary(FlakyBackend.echoPath, EchoRequest(in: Arena()))
      }
      #expect(backend.service.attempts.withLock { $0.isEmpty })
    }
    try await FlakyBackend.run(failures: 0, interceptors: [Refuser(error: OutOfCoffee())]) { backend in
      await expect(.unknown) {
        let _: EchoReply = try await backend.channel.unary(FlakyBackend.echoPath, EchoRequest(in: Arena()))
      }
    }
  }

  /// A deadline and a cancellation reach through interceptors, also through one that waits for something else.
  @Test func deadlinesAndCancellationReachThrough() async throws {
    struct Slow: ClientInterceptor {
      func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
        try await call.loop.sleep(for: .seconds(60))
        try await next(call)
      }
    }
    final class Begun: ClientInterceptor {
      let value = Atomic<Int>(0)
      func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
        value.add(1, ordering: .relaxed)
        try await next(call)
      }
    }
    for interceptor: any ClientInterceptor in [Slow(), Credentials(token: "t")] {
      let begun = Begun()
      var setup = ScriptedBackend.Setup()
      setup.options.interceptors = [begun, interceptor]
      try await ScriptedBackend.run(setup) { _ in
        []
      } _: { backend in
        await expect(.deadlineExceeded) { _ = try await backend.echo(CallOptions(timeout: .milliseconds(50))) }
        let call = Task { try await backend.echo().id.string }
        try await eventually { begun.value.load(ordering: .relaxed) == 2 }
        call.cancel()
        await expect(.cancelled) { _ = try await call.value }
      }
    }
  }

  /// An interceptor may set the deadline; it counts from the call's beginning.
  @Test func interceptorsMaySetTheDeadline() async throws {
    struct Impatient: ClientInterceptor {
      func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws {
        call.options.timeout = .milliseconds(50)
        try await next(call)
      }
    }
    var setup = ScriptedBackend.Setup()
    setup.options.interceptors = [Impatient()]
    try await ScriptedBackend.run(setup) { _ in
      []
    } _: { backend in
      await expect(.deadlineExceeded) { _ = try await backend.echo() }
    }
  }
}
