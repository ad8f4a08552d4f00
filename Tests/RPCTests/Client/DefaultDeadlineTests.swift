import BenchAPI
import EventLoop
import Protobuf
import RPC
import Testing

/// Calls whose callers name no deadline.
@Suite struct DefaultDeadlineTests {
  static let rules = ["/bench.v1.Bench/Echo": RequestRules(deadline: .seconds(1))]

  @Test func `a call that never ends ends, a stream and a call with a deadline of its own go on`() async throws {
    try await BenchBackend.run(requestRules: Self.rules) { backend in
      let start = ContinuousClock.now
      async let own = Self.code { _ = try await backend.echo("sleep", options: CallOptions(timeout: .seconds(4))) }
      var stream = try await backend.client.watch(WatchRequest(in: Arena())).makeAsyncIterator()
      #expect(await Self.code { _ = try await backend.echo("sleep") } == .deadlineExceeded)
      #expect(ContinuousClock.now - start >= .seconds(1))
      #expect(try await backend.echo("still there").id.string == "still there")
      #expect(await own == .deadlineExceeded)
      #expect(ContinuousClock.now - start >= .milliseconds(3_900))
      try await backend.publish(1)
      #expect(try await stream.next()?.seq == 1)
    }
  }

  private static func code(_ call: () async throws -> Void) async -> StatusCode? {
    do {
      try await call()
      return nil
    } catch {
      return (error as? RPCError)?.code
    }
  }
}
