import EventLoop
import Metrics
import RPC
import RateLimiter
import Testing

@testable import Platform

/// Who draws on whose allowance, over loopback, with callers that name themselves.
@Suite struct CallLimiterTests {
  private static let alice = "0190b5a4-8f3e-7c21-9d5e-000000000001"
  private static let bob = "0190b5a4-8f3e-7c21-9d5e-000000000002"

  /// So few calls, and none comes back while a test lasts.
  private static func calls(_ count: Int) -> Allowances { Allowances(every: RateLimit(count, per: .seconds(86_400))) }

  private static var limits: CallLimits {
    var limits = CallLimits()
    limits.signedIn = calls(3)
    limits.guests = calls(2)
    limits.badCredentials = RateLimit(4, per: .seconds(86_400))
    return limits
  }

  @Test func `each person has an allowance, and all guests of an address have one together`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      #expect(await node.calls(7, as: "user \(Self.alice)") == [.ok: 3, .resourceExhausted: 4])
      #expect(await node.calls(7, as: "user \(Self.bob)") == [.ok: 3, .resourceExhausted: 4])
      #expect(await node.calls(7, as: nil) == [.ok: 2, .resourceExhausted: 5])
    }
  }

  @Test func `a key and a person of one id are two callers`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      #expect(await node.calls(4, as: "user \(Self.alice)") == [.ok: 3, .resourceExhausted: 1])
      #expect(await node.calls(4, as: "key \(Self.alice)") == [.ok: 3, .resourceExhausted: 1])
    }
  }

  @Test func `a key may have more, or as much as it likes`() async throws {
    var limits = Self.limits
    limits.keys = [try #require(ID(Self.alice)): Self.calls(6), try #require(ID(Self.bob)): Allowances(every: nil)]
    try await LimitedNode.serve(limits) { node in
      #expect(await node.calls(10, as: "key \(Self.alice)") == [.ok: 6, .resourceExhausted: 4])
      #expect(await node.calls(50, as: "key \(Self.bob)") == [.ok: 50])
      #expect(await node.calls(4, as: "user \(Self.bob)") == [.ok: 3, .resourceExhausted: 1])
    }
  }

  @Test func `a key may bring an allowance of its own, unless the settings know better`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      #expect(await node.calls(8, as: "rich \(Self.alice)") == [.ok: 5, .resourceExhausted: 3])
    }
    var limits = Self.limits
    limits.keys = [try #require(ID(Self.alice)): Self.calls(1)]
    try await LimitedNode.serve(limits) { node in
      #expect(await node.calls(8, as: "rich \(Self.alice)") == [.ok: 1, .resourceExhausted: 7])
    }
  }

  @Test func `a refusal says whose quota it was, and when to come back`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      _ = await node.calls(3, as: "user \(Self.alice)")
      let refusal = try #require(await node.call(as: "user \(Self.alice)"))
      #expect(refusal.code == .resourceExhausted)
      let day = Duration.seconds(86_400)
      #expect(refusal.reason == "RATE_LIMITED")
      guard case .retryInfo(let delay)? = refusal.details.dropFirst().first else {
        Issue.record("\(refusal.details)")
        return
      }
      #expect(delay > .zero && delay <= day / 3)
      guard case .quotaFailure(let violations)? = refusal.details.last else {
        Issue.record("\(refusal.details)")
        return
      }
      #expect(violations.map(\.subject) == ["user:\(Self.alice)"])
      #expect(violations.first?.description.contains("standard") == true)
    }
  }

  @Test func `who shows bad credentials draws on the guests' allowance`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      #expect(await node.calls(5, as: "expired") == [.unauthenticated: 2, .resourceExhausted: 3])
      #expect(await node.calls(1, as: nil) == [.resourceExhausted: 1])
      #expect(await node.calls(1, as: "user \(Self.alice)") == [.ok: 1])
    }
  }

  @Test func `of an address that shows many bad credentials, none are looked at any more`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      _ = await node.calls(20, as: "forged")
      #expect(node.authenticator.looked.value == 4)
      let refusal = try #require(await node.call(as: "user \(Self.alice)"))
      #expect(refusal.code == .resourceExhausted && "\(refusal.details)".contains("bad credentials"))
      #expect(node.authenticator.looked.value == 4)
    }
  }

  @Test func `a program that forwards draws on the end user's allowance, however it has shown who it is`() async throws
  {
    try await LimitedNode.serve(Self.limits) { node in
      for (number, credentials) in [nil, "key \(Self.alice)", "certificate \(Self.alice)"].enumerated() {
        let address = "192.0.2.\(number)"
        let found = await node.calls(4, as: credentials, for: address, forwardingKey: Self.bob)
        #expect(found == [.ok: 2, .resourceExhausted: 2])
      }
      #expect(await node.calls(4, as: "certificate \(Self.alice)") == [.ok: 3, .resourceExhausted: 1])
      let person = await node.calls(4, as: "user \(Self.alice)", for: "192.0.2.9", forwardingKey: Self.bob)
      #expect(person == [.ok: 3, .resourceExhausted: 1])
    }
  }

  @Test func `a forwarding key that is none counts as bad credentials`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      let found = await node.calls(9, as: nil, for: "192.0.2.1", forwardingKey: "guess")
      #expect(found == [.unauthenticated: 4, .resourceExhausted: 5])
      #expect(node.authenticator.looked.value == 4)
      #expect(await node.calls(1, as: nil, for: "192.0.2.1", forwardingKey: Self.bob) == [.resourceExhausted: 1])
    }
  }

  @Test func `credentials that were good once are no guesses`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      _ = await node.calls(20, as: "expired")
      #expect(await node.calls(1, as: "user \(Self.alice)") == [.ok: 1])
    }
  }

  @Test func `a method that weighs more takes more, and one that weighs more than all takes all`() async throws {
    try await LimitedNode.serve(Self.limits, cost: 2) { node in
      #expect(await node.calls(3, as: "user \(Self.alice)") == [.ok: 1, .resourceExhausted: 2])
    }
    try await LimitedNode.serve(Self.limits, cost: 1_000) { node in
      #expect(await node.calls(3, as: "user \(Self.alice)") == [.ok: 1, .resourceExhausted: 2])
    }
  }

  @Test func `one class of methods leaves the others alone`() async throws {
    var limits = Self.limits
    limits.guests[.stream] = RateLimit(5, per: .seconds(86_400))
    try await LimitedNode.serve(limits, kind: .stream) { node in
      #expect(await node.calls(9, as: nil) == [.ok: 5, .resourceExhausted: 4])
    }
    try await LimitedNode.serve(limits, kind: .exempt) { node in
      #expect(await node.calls(30, as: nil) == [.ok: 30])
    }
  }

  @Test func `a call whose session is not known yet draws on no address's allowance`() async throws {
    var limits = Self.limits
    limits.guests = Self.calls(1)
    try await LimitedNode.serve(limits, kind: .session) { node in
      #expect(await node.calls(30, as: nil) == [.ok: 30])
    }
  }

  @Test func `sessions, people and programs of one id have an allowance each`() throws {
    let id = try #require(ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"))
    let limit = try #require(RateLimit(5, per: .seconds(60)))
    let keys = [AllowanceHolder.session(id), .user(id), .program(id)].map { $0.key(7, limit) }
    #expect(Set(keys).count == 3)
    #expect(AllowanceHolder.session(id).subject == "session:\(id)")
  }

  @Test func `what is decided is counted`() async throws {
    try await LimitedNode.serve(Self.limits) { node in
      _ = await node.calls(5, as: "user \(Self.alice)")
      _ = await node.calls(4, as: nil)
      let text = await node.registry.render()
      for line in [
        #"fastshop_limiter_decisions_total{caller="user",allowance="standard",outcome="admitted"} 3"#,
        #"fastshop_limiter_decisions_total{caller="user",allowance="standard",outcome="refused"} 2"#,
        #"fastshop_limiter_decisions_total{caller="guest",allowance="standard",outcome="admitted"} 2"#,
        #"fastshop_limiter_decisions_total{caller="guest",allowance="standard",outcome="refused"} 2"#,
        "fastshop_limiter_keys 2", "fastshop_limiter_evictions_total 0",
      ] {
        #expect(text.contains(line + "\n"), "\(line) is not in:\n\(text)")
      }
    }
  }

  @Test(arguments: [
    ("203.0.113.9", "203.0.113.9", true), ("203.0.113.9", "203.0.113.8", false),
    ("2001:db8::1", "2001:db8::ffff:1:2:3", true), ("2001:db8::1", "2001:db8:0:1::1", false),
    ("2001:db8::1", "203.0.113.9", false),
  ])
  func `guests are counted by their IPv4 address, or by the first half of their IPv6 address`(
    one: String, other: String, isOne: Bool
  ) throws {
    let limit = try #require(RateLimit(5, per: .seconds(60)))
    let (a, b) = (AllowanceHolder.guest(IPAddress(one)), AllowanceHolder.guest(IPAddress(other)))
    #expect((a.key(1, limit) == b.key(1, limit)) == isOne)
    #expect((a.key(ofOpen: .stream) == b.key(ofOpen: .stream)) == isOne)
    #expect(a.key(ofOpen: .stream) != a.key(ofOpen: .call))
    #expect(a.key(1, limit) != a.key(2, limit))
    #expect(a.key(1, limit) != AllowanceHolder.stranger(IPAddress(one)).key(1, limit))
    #expect(a.key(1, limit) != AllowanceHolder.guest(nil).key(1, limit))
  }

  @Test func `a program whose limit was changed begins anew, a person does not`() throws {
    let id = try #require(ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"))
    let limits = [(5, 5), (5, 6), (6, 5), (6, 6)].compactMap { RateLimit($0, per: .seconds(60), burst: $1) }
    #expect(Set(limits.map { AllowanceHolder.program(id).key(1, $0) }).count == 4)
    #expect(Set(limits.map { AllowanceHolder.user(id).key(1, $0) }).count == 1)
  }
}
