import EventLoop
import HTTPClient
import RPC
import Testing

@testable import Platform

@Suite struct ProviderClientTests {
  private static var sensitive: CircuitBreaker.Rules {
    var rules = CircuitBreaker.Rules()
    (rules.failuresMax, rules.pauseMin) = (2, .seconds(3_600))
    return rules
  }

  @Test(
    arguments: [
      ("at once", [.answer], 1), ("after a lost answer", [.loseAnswer, .answer], 2),
      ("after silence", [.ignore, .answer], 2), ("after two refusals", [.refuse(503), .refuse(429), .answer], 3),
    ] as [(String, [StandInProvider.Move], Int)])
  func `a request with a key is answered`(_ story: String, script: [StandInProvider.Move], requests: Int) async throws {
    try await StandInProvider.run(script) { provider async throws in
      #expect(try await provider.charge(key: "order-1") == 200)
      // By the key, the provider knows that all attempts are one request.
      #expect(provider.keys == Array(repeating: "order-1", count: requests), "\(story)")
    }
  }

  @Test func `a request without a key is not repeated when its answer was lost`() async throws {
    try await StandInProvider.run([.loseAnswer]) { provider async throws in
      await #expect(throws: ProviderFailure.noResponse(.timedOut)) { try await provider.charge(key: nil) }
      #expect(provider.keys == [nil])
    }
  }

  @Test func `an outcome that nobody knows is not hidden by a suspension`() async throws {
    try await StandInProvider.run([.loseAnswer, .loseAnswer], Self.sensitive) { provider async throws in
      await #expect(throws: ProviderFailure.noResponse(.timedOut)) { try await provider.charge(key: "a") }
      await #expect(throws: ProviderFailure.suspended) { try await provider.charge(key: "b") }
      #expect(provider.keys == ["a", "a"])
    }
  }

  @Test func `an outcome that nobody knows is not hidden by an attempt that never arrived`() async throws {
    try await StandInProvider.run([.loseAnswer]) { provider async throws in
      let asking = Task { try await provider.charge(key: "a") }
      let end = ContinuousClock.now + .seconds(60)
      while provider.requests == 0 {
        try #require(ContinuousClock.now < end)
        await Task.yield()
      }
      await provider.stopListening()
      do {
        _ = try await asking.value
      } catch ProviderFailure.noResponse(.unreachable) {
        Issue.record("the first attempt had arrived")
      } catch {}
      #expect(provider.client.counts[.unreachable, default: 0] >= 2)
    }
  }

  @Test func `a refusal is a response, and is not repeated`() async throws {
    try await StandInProvider.run([.refuse(402)]) { provider async throws in
      #expect(try await provider.charge(key: "a") == 402)
      #expect(provider.requests == 1)
      #expect(provider.client.breakerState == .closed(failures: 0))
    }
  }

  @Test func `after the last attempt the caller gets the response as it is`() async throws {
    try await StandInProvider.run([.refuse(503), .refuse(502), .refuse(500)]) { provider async throws in
      #expect(try await provider.charge(key: "a") == 500)
      #expect(provider.client.counts == [.unavailable: 3])
      #expect(provider.client.breakerState == .closed(failures: 3))
    }
  }

  @Test func `a provider that fails is not asked for a while`() async throws {
    try await StandInProvider.run([.refuse(503), .refuse(503)], Self.sensitive) { provider async throws in
      #expect(try await provider.charge(key: "a") == 503)
      await #expect(throws: ProviderFailure.suspended) { try await provider.charge(key: "b") }
      #expect(provider.requests == 2)
      #expect(provider.client.counts == [.unavailable: 2, .suspended: 2])
    }
  }

  @Test func `a provider that is away is tried again, and suspended`() async throws {
    try await StandInProvider.run([], Self.sensitive) { provider async throws in
      await provider.stopListening()
      let first = await #expect(throws: ProviderFailure.self) { try await provider.charge(key: nil) }
      #expect(first != .suspended)
      await #expect(throws: ProviderFailure.suspended) { try await provider.charge(key: nil) }
      #expect(provider.client.counts[.unreachable] == 2)
    }
  }

  @Test func `one trial ends a suspension`() async throws {
    var rules = Self.sensitive
    rules.pauseMin = .zero
    try await StandInProvider.run([.refuse(503), .refuse(503)], rules) { provider async throws in
      #expect(try await provider.charge(key: "a") == 200)
      #expect(provider.client.breakerState == .closed(failures: 0))
    }
  }

  @Test func `a cancelled request says nothing about the provider`() async throws {
    try await StandInProvider.run([.ignore], Self.sensitive) { provider async throws in
      let asking = Task { try await provider.charge(key: "a") }
      let end = ContinuousClock.now + .seconds(60)
      while provider.requests == 0 {
        try #require(ContinuousClock.now < end)
        await Task.yield()
      }
      asking.cancel()
      await #expect(throws: ProviderFailure.noResponse(.cancelled)) { try await asking.value }
      #expect(provider.client.counts == [.other: 1])
      #expect(provider.client.breakerState == .closed(failures: 0))
    }
  }
}
