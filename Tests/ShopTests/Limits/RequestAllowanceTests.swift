import EventLoop
import RPC
import RateLimiter
import Testing

@testable import Platform

/// The requests of a stream draw on their caller's allowance like calls, over loopback, by reflection's streams.
@Suite struct RequestAllowanceTests {
  private static let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
  private static let day = Duration.seconds(86_400)

  private static func limits(_ limit: RateLimit?) -> CallLimits {
    var limits = CallLimits()
    limits.guests = Allowances(every: limit)
    return limits
  }

  /// Asks so many questions on one stream. Returns how many were answered, and how the stream failed. It does so on the
  /// loop, so that a question follows the one before it also where other tests keep their threads busy.
  private static func ask(
    _ node: LimitedNode, _ count: Int, timeout: Duration = .seconds(120)
  ) async throws -> (answers: Int, error: RPCError?) {
    try await Task(executorPreference: node.loop) { try await askHere(node, count, timeout) }.value
  }

  private static func askHere(
    _ node: LimitedNode, _ count: Int, _ timeout: Duration
  ) async throws -> (answers: Int, error: RPCError?) {
    let call: BidirectionalCall<ServerReflectionRequest, ServerReflectionResponse> = try await node.channel
      .bidirectional(path, node.options(as: nil, timeout: timeout))
    let sender = Task(executorPreference: node.loop) {
      for _ in 0..<count {
        try await call.send(request(ServerReflectionRequest.self) { $0.messageRequest = .listServices($0.text("")) })
      }
      call.endRequests()
    }
    var answers = 0
    let error = await failure { for try await _ in call.responses { answers += 1 } }
    _ = await sender.result
    return (answers, error)
  }

  private static func expectAnswers(_ count: Int, _ node: LimitedNode) async throws {
    let (answers, error) = try await ask(node, count)
    #expect(answers == count && error == nil)
  }

  @Test func `every request after the first weighs as much as the call`() async throws {
    try await LimitedNode.serve(Self.limits(RateLimit(5, per: Self.day))) { node in
      try await Self.expectAnswers(3, node)
      let (answers, error) = try await Self.ask(node, 5)
      #expect(answers == 2 && error?.code == .resourceExhausted && error?.reason == "RATE_LIMITED")
      guard case .retryInfo(let delay)? = error?.details.dropFirst().first else {
        Issue.record("\(String(describing: error?.details))")
        return
      }
      #expect(delay > CallLimiter.requestWaitMax && delay <= Self.day / 5)
      #expect(await node.calls(1, as: nil) == [.resourceExhausted: 1])
    }
  }

  @Test func `a method that weighs more takes more for each request`() async throws {
    try await LimitedNode.serve(Self.limits(RateLimit(6, per: Self.day)), cost: 2) { node in
      let answers = try await Self.ask(node, 10).answers
      #expect(answers == 3)
    }
  }

  @Test func `a request that comes early is held back, and none is lost`() async throws {
    try await LimitedNode.serve(Self.limits(RateLimit(4, per: .seconds(1), burst: 2))) { node in
      try await Self.expectAnswers(8, node)
      let series = #"fastshop_limiter_decisions_total{caller="guest",allowance="standard",outcome="#
      #expect(await node.metric(series + #""admitted"}"#) == 8)
      #expect(await node.metric(series + #""refused"}"#) == nil)
      #expect(try #require(await node.metric(series + #""held_back"}"#)) > 0)
    }
  }

  @Test func `who will not wait for the allowance hears of it at once`() async throws {
    try await LimitedNode.serve(Self.limits(RateLimit(1, per: .seconds(4)))) { node in
      let error = try await Self.ask(node, 2, timeout: .seconds(3)).error
      // On a busy machine the caller's own clock may be first.
      #expect(error?.code == .resourceExhausted || error?.code == .deadlineExceeded)
      let heldBack = #"fastshop_limiter_decisions_total{caller="guest",allowance="standard",outcome="held_back"}"#
      #expect(await node.metric(heldBack) == nil)
    }
  }

  @Test func `who hangs up while a request is held back is waited for by nobody`() async throws {
    try await LimitedNode.serve(Self.limits(RateLimit(1, per: .seconds(4)))) { node in
      let call: BidirectionalCall<ServerReflectionRequest, ServerReflectionResponse> = try await node.channel
        .bidirectional(Self.path)
      for _ in 0..<2 { try await call.send(request(ServerReflectionRequest.self)) }
      for try await _ in call.responses { break }
      let streams = #"fastshop_open_calls{caller="guest",kind="stream"}"#
      #expect(await node.metric(streams) == 1)
      call.cancel()
      while await node.metric(streams) != 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  @Test func `without a limit none is counted`() async throws {
    try await LimitedNode.serve(Self.limits(nil)) { node in
      try await Self.expectAnswers(500, node)
    }
  }
}
