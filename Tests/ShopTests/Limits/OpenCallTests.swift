import EventLoop
import Protobuf
import RPC
import RateLimiter
import Synchronization
import Testing

@testable import Platform

/// How many calls and streams a caller may have open at once, over loopback, with callers that name themselves.
@Suite struct OpenCallTests {
  private static let alice = "0190b5a4-8f3e-7c21-9d5e-000000000001"
  private static let bob = "0190b5a4-8f3e-7c21-9d5e-000000000002"
  private static let watch = "/grpc.health.v1.Health/Watch"

  private static var noRates: CallLimits {
    var limits = CallLimits()
    limits.guests = Allowances(every: nil)
    limits.signedIn = Allowances(every: nil)
    return limits
  }

  private static var three: OpenCallLimits {
    var open = OpenCallLimits()
    open.streams = OpenCallLimits.Bounds(guest: 3, user: 3, program: 3)
    open.calls = open.streams
    return open
  }

  /// A stream that has begun, or how it failed.
  private static func open(
    _ node: LimitedNode, as credentials: String?
  ) async throws -> Result<ClientResponseStream<HealthCheckResponse>, RPCError> {
    let stream: ClientResponseStream<HealthCheckResponse> = try await node.channel.serverStreaming(
      watch, request(HealthCheckRequest.self), node.options(as: credentials, timeout: .seconds(60)))
    if let error = await failure({ for try await _ in stream { break } }) { return .failure(error) }
    return .success(stream)
  }

  /// Opens so many streams. Returns those that were let on, and the last refusal.
  private static func openAll(
    _ node: LimitedNode, _ count: Int, as credentials: String?
  ) async throws -> (open: [ClientResponseStream<HealthCheckResponse>], refusal: RPCError?) {
    var open: [ClientResponseStream<HealthCheckResponse>] = []
    var refusal: RPCError?
    for _ in 0..<count {
      switch try await self.open(node, as: credentials) {
      case .success(let stream): open.append(stream)
      case .failure(let error): refusal = error
      }
    }
    return (open, refusal)
  }

  /// Opens `tried` streams, and expects that `count` of them are let on.
  private static func expect(_ count: Int, of tried: Int, _ node: LimitedNode, as credentials: String?) async throws {
    let open = try await openAll(node, tried, as: credentials).open
    #expect(open.count == count)
    for stream in open { stream.cancel() }
  }

  private static func nothingIsOpen(_ node: LimitedNode) async throws {
    while await node.metric("fastshop_open_callers") != 0 { try await Task.sleep(for: .milliseconds(5)) }
    for caller in ["guest", "user", "program"] {
      for kind in ["call", "stream"] {
        #expect(await node.metric("fastshop_open_calls{caller=\"\(caller)\",kind=\"\(kind)\"}") == 0)
      }
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: [nil, "user \(alice)", "key \(alice)"])
  func `a caller has so many streams, and others have their own`(credentials: String?) async throws {
    try await LimitedNode.serve(Self.noRates, kind: .exempt, open: Self.three) { node in
      let (open, refusal) = try await Self.openAll(node, 5, as: credentials)
      #expect(open.count == 3)
      #expect(refusal?.code == .resourceExhausted && refusal?.reason == "TOO_MANY_OPEN_CALLS")
      guard case .quotaFailure(let violations)? = refusal?.details.last else {
        Issue.record("\(String(describing: refusal?.details))")
        return
      }
      let subjects = ["user \(Self.alice)": "user:\(Self.alice)", "key \(Self.alice)": "key:\(Self.alice)"]
      #expect(violations.map(\.subject) == [credentials.flatMap { subjects[$0] } ?? "address:127.0.0.1"])
      #expect(violations.map(\.description) == ["at most 3 streams may be open at once"])
      try await Self.expect(3, of: 4, node, as: "user \(Self.bob)")
      // A call is no stream.
      #expect(await node.calls(1, as: credentials) == [.ok: 1])

      open[0].cancel()
      while true {
        if case .success = try await Self.open(node, as: credentials) { break }
      }
      for stream in open { stream.cancel() }
    }
  }

  @Test func `a key may have more, or as many as it likes`() async throws {
    var limits = Self.three
    limits.keys = [try #require(ID(Self.alice)): 5, try #require(ID(Self.bob)): nil as Int?]
    try await LimitedNode.serve(Self.noRates, kind: .exempt, open: limits) { node in
      try await Self.expect(5, of: 7, node, as: "key \(Self.alice)")
      try await Self.expect(7, of: 7, node, as: "key \(Self.bob)")
      try await Self.expect(3, of: 7, node, as: "user \(Self.alice)")
    }
  }

  /// Callers that open and close streams as fast as possible: some cancel before they are admitted, some while they are
  /// refused.
  @Test(.timeLimit(.minutes(2))) func `whatever was opened is closed in the end`() async throws {
    try await LimitedNode.serve(Self.noRates, kind: .exempt, open: Self.three) { node in
      await withTaskGroup(of: Void.self) { group in
        for worker in 0..<16 {
          group.addTask {
            for number in 0..<200 {
              let credentials = ["user \(Self.alice)", "key \(Self.bob)", nil][(worker + number) % 3]
              let stream: ClientResponseStream<HealthCheckResponse>? = try? await node.channel.serverStreaming(
                Self.watch, request(HealthCheckRequest.self), node.options(as: credentials))
              if number % 4 > 0 { _ = await failure { for try await _ in stream! { break } } }
              stream?.cancel()
            }
          }
        }
      }
      try await Self.nothingIsOpen(node)
      try await Self.expect(3, of: 4, node, as: "user \(Self.alice)")
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: [LimiterClass.standard, .session])
  func `calls that no allowance bounds are counted, too`(kind: LimiterClass) async throws {
    var limits = Self.noRates
    if kind == .session { limits = CallLimits() }
    let service = WaitingService()
    try await LimitedNode.serve(limits, kind: kind, open: Self.three, services: [service]) { node in
      let waiting = (0..<3).map { _ in Task { try await service.call(node) } }
      while service.waiting.load(ordering: .relaxed) < 3 { try await Task.sleep(for: .milliseconds(5)) }
      let refusal = await failure { try await service.call(node) }
      #expect(refusal?.reason == "TOO_MANY_OPEN_CALLS")
      for call in waiting { call.cancel() }
      try await Self.nothingIsOpen(node)
    }
  }

  /// As one whose caller has lost its rights is, while its handler waits.
  @Test(.timeLimit(.minutes(5))) func `a stream that is ended from outside has left its place`() async throws {
    let service = WaitingService()
    try await LimitedNode.serve(Self.noRates, kind: .exempt, open: Self.three, services: [service]) { node in
      for _ in 0..<10 {
        let stream: ClientResponseStream<HealthCheckResponse> = try await node.channel.serverStreaming(
          WaitingService.endedPath, request(HealthCheckRequest.self), node.options(as: "user \(Self.alice)"))
        #expect(await failure { for try await _ in stream {} }?.code == .unauthenticated)
      }
      try await Self.nothingIsOpen(node)
    }
  }

  @Test func `calls that an allowance bounds are not looked up`() async throws {
    var limits = CallLimits()
    limits.guests = Allowances(every: RateLimit(3, per: .seconds(86_400)))
    let service = WaitingService()
    try await LimitedNode.serve(limits, open: Self.three, services: [service]) { node in
      let waiting = Task { try await service.call(node) }
      while service.waiting.load(ordering: .relaxed) < 1 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(await node.metric("fastshop_open_callers") == 0)
      waiting.cancel()
    }
  }

  @Test func `the table counts exactly, from many threads, and remembers nobody who has nothing`() async {
    let table = OpenCallTable()
    let admitted = await withTaskGroup(of: Int.self) { group in
      for thread in 0..<8 {
        group.addTask {
          var admitted = 0
          for round in 0..<2_000 {
            let key = RateLimitKey(UInt64(round % 7), 0, 0)
            guard table.enter(key, max: 4) else { continue }
            admitted += 1
            if (thread + round) % 3 == 0 { await Task.yield() }
            table.leave(key)
          }
          return admitted
        }
      }
      return await group.reduce(0, +)
    }
    #expect(admitted > 0)
    #expect(table.callers == 0)
    for _ in 0..<4 { #expect(table.enter(RateLimitKey(1, 2, 3), max: 4)) }
    #expect(!table.enter(RateLimitKey(1, 2, 3), max: 4) && table.callers == 1)
  }
}

/// A call that waits until its caller gives it up, and a stream that is ended while it waits.
private final class WaitingService: RPCService {
  private static let path = "/test.v1.Waiting/Wait"
  static let endedPath = "/test.v1.Waiting/BeEnded"
  let waiting = Atomic<Int>(0)

  var serviceDescriptor: ServiceDescriptor { StandardServices.connections }

  var methods: [RPC.Method] {
    [
      .unary(Self.path) { (_: HealthCheckRequest, call: Call) -> HealthCheckResponse in
        self.waiting.add(1, ordering: .relaxed)
        try await call.loop.sleep(for: .seconds(3_600))
        return HealthCheckResponse(in: call.arena)
      },
      .serverStreaming(Self.endedPath) {
        (_: HealthCheckRequest, _: ResponseStream<HealthCheckResponse>, call: Call) in
        call.end(RPCError(.unauthenticated, "the session has ended"))
        try await call.loop.sleep(for: .seconds(3_600))
      },
    ]
  }

  func call(_ node: LimitedNode) async throws {
    let _: HealthCheckResponse = try await node.channel.unary(
      Self.path, request(HealthCheckRequest.self), node.options(as: nil, timeout: .seconds(60)))
  }
}
