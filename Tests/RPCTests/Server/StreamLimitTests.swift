import BenchAPI
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import EventLoop
@testable import RPC

/// The limits of time of a stream of requests, which has no default deadline.
@Suite struct StreamLimitTests {
  @Test func aLimitOfTimeEndsAStreamThatGoesOn() async throws {
    try await LimitedBackend.run { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        LimitedBackend.limitedPath)
      await expect(.deadlineExceeded) {
        while true { try await call.send(EchoRequest.of(bytes: 0)) }
      }
    }
  }

  /// What follows the last byte of an upload has its own time, however much of the first limit is left.
  @Test func aLaterLimitReplacesAnEarlierOneAndACallersDeadlineStands() async throws {
    try await LimitedBackend.run { backend in
      func deadlineNs(_ options: CallOptions = CallOptions()) async throws -> Int64 {
        let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
          LimitedBackend.extendedPath, options)
        return try await call.finish().lastSeq
      }
      #expect(try await deadlineNs() == Duration.seconds(3_600).nanoseconds)
      var options = CallOptions()
      options.timeout = .seconds(600)
      let own = try await deadlineNs(options)
      #expect(own > Duration.seconds(1).nanoseconds && own <= Duration.seconds(600).nanoseconds)
    }
  }

  /// A caller who sends nothing more, and does not end its stream either, loses the call.
  @Test(arguments: [0, 1]) func aLimitOfIdleTimeEndsAStreamThatStops(sent: Int) async throws {
    try await LimitedBackend.run { backend in
      let stopped: BidirectionalCall<EchoRequest, PublishReply> = try await backend.channel.bidirectional(
        LimitedBackend.idlePath)
      for _ in 0..<sent { try await stopped.send(EchoRequest.of(bytes: 10)) }
      try await backend.clock.pass(.milliseconds(1_100), afterRequest: sent)
      await expect(.deadlineExceeded) { for try await _ in stopped.responses {} }
    }
  }

  /// One who goes on does not, however long it takes in all.
  @Test func theIdleLimitBeginsAnewWithEachRequest() async throws {
    try await LimitedBackend.run { backend in
      let whole: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        LimitedBackend.idlePath)
      for number in 0..<5 {
        try await backend.clock.pass(.milliseconds(700), afterRequest: number)
        try await whole.send(EchoRequest.of(bytes: 10))
      }
      #expect(try await whole.finish().lastSeq == 5)
    }
  }
}

/// The clock of idle limits, which moves when a test says so. Its timers are confined to the loop of the only call.
private final class IdleClock: @unchecked Sendable {
  private let wheel = TimerWheel()
  private var nowNs: Int64 = 0
  private var taken = 0
  /// The loop of the call that waits, and how many requests came before.
  private let waiting = Mutex<(loop: EventLoop, requests: Int)?>(nil)

  init() { wheel.advance(to: 0) }

  /// The handler has taken so many requests.
  func took(_ count: Int) { taken = count }

  func schedule(_ timer: Timer, after limit: Duration, on loop: EventLoop) {
    wheel.schedule(timer, at: nowNs + limit.nanoseconds)
    waiting.withLock { [taken] in $0 = (loop, taken) }
  }

  /// Lets time pass while the handler waits for the request after so many.
  func pass(_ time: Duration, afterRequest count: Int) async throws {
    var loop: EventLoop?
    try await eventually {
      loop = waiting.withLock { $0?.requests == count ? $0?.loop : nil }
      return loop != nil
    }
    let found = try #require(loop)
    await Task(executorPreference: found) { [self] in
      nowNs += time.nanoseconds
      wheel.advance(to: nowNs)
    }.value
  }
}

/// A server whose streams have limits.
private final class LimitedBackend: Sendable {
  static let limitedPath = "/test.Limited/Limited"
  static let extendedPath = "/test.Limited/Extended"
  static let idlePath = "/test.Limited/Idle"

  let channel: Channel
  let clock = IdleClock()
  private let group = EventLoopGroup(count: 2)
  private let server: RPCServer

  private init() async throws {
    server = RPCServer(group: group, services: [LimitedStreams(clock: clock)])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    channel = Channel(address, on: group.loops[1])
  }

  static func run(_ body: (LimitedBackend) async throws -> Void) async throws {
    let backend = try await LimitedBackend()
    try await serve(backend.server, backend.channel, backend.group) { try await body(backend) }
  }
}

private struct LimitedStreams: RPCService {
  let clock: IdleClock

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Limited", file: bench_file, methods: [])
  }

  var methods: [Method] {
    [
      .clientStreaming(LimitedBackend.limitedPath) { (requests: RequestStream<EchoRequest>, call) in
        call.limitTime(to: .milliseconds(50))
        var requests = requests
        while try await requests.next() != nil {}
        return PublishReply(in: call.arena)
      },
      .clientStreaming(LimitedBackend.extendedPath) { (_: RequestStream<EchoRequest>, call) in
        call.limitTime(to: .seconds(1))
        call.limitTime(to: .seconds(3_600))
        let reply = PublishReply(in: call.arena)
        reply.lastSeq = (call.deadline ?? 0) - call.loop.now
        return reply
      },
      .clientStreaming(LimitedBackend.idlePath) { (requests: RequestStream<EchoRequest>, call) in
        var requests = requests
        requests.idleLimit = .seconds(1)
        requests.scheduleIdleTimer = { clock.schedule($0, after: $1, on: call.loop) }
        let reply = PublishReply(in: call.arena)
        while try await requests.next() != nil {
          reply.lastSeq += 1
          clock.took(Int(reply.lastSeq))
        }
        return reply
      },
    ]
  }
}
