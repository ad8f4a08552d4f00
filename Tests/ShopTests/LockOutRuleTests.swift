import Testing

@testable import Security

@Suite struct LockOutRuleTests {
  private static let second: Int64 = 1_000_000
  private static let rule = LockOutRule(
    free: 2, first: .seconds(10), longest: .seconds(60), forgottenAfter: .seconds(1_000))

  /// The locks, in seconds, that failures cause which come as soon as they may.
  private static func locks(_ rule: LockOutRule, failures: Int) -> [Int64] {
    var slate = FailureSlate.empty
    var now: Int64 = 1_000_000 * second
    return (0..<failures).map { _ in
      slate = rule.adding(slate, at: now)
      let wait = slate.wait(at: now)?.components.seconds ?? 0
      now += wait * second
      return wait
    }
  }

  @Test func `some failures are free, then each locks for twice as long, up to the longest`() {
    #expect(Self.locks(Self.rule, failures: 8) == [0, 0, 10, 20, 40, 60, 60, 60])
    #expect(Self.locks(.account, failures: 12) == [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900])
    #expect(Self.locks(.address, failures: 22).suffix(3) == [30, 60, 120])
    #expect(Self.locks(.address, failures: 100).last == 3_600)
  }

  @Test func `an attempt during a lock counts for nothing`() {
    let locked = Self.rule.adding(FailureSlate(count: 2, lastAt: 0, lockedUntil: nil), at: 0)
    #expect(locked == FailureSlate(count: 3, lastAt: 0, lockedUntil: 10 * Self.second))
    #expect(Self.rule.adding(locked, at: 9 * Self.second) == locked)
    #expect(locked.wait(at: 9 * Self.second) == .seconds(1))
    #expect(locked.isLocked(at: 10 * Self.second - 1) && !locked.isLocked(at: 10 * Self.second))
    #expect(Self.rule.adding(locked, at: 10 * Self.second).lockedUntil == 30 * Self.second)
  }

  @Test func `after a long time without failures, they count no more`() {
    let old = FailureSlate(count: 50, lastAt: 0, lockedUntil: 60 * Self.second)
    #expect(Self.rule.adding(old, at: 1_000 * Self.second).count == 51)
    #expect(
      Self.rule.adding(old, at: 1_000 * Self.second + 1)
        == FailureSlate(count: 1, lastAt: 1_000 * Self.second + 1, lockedUntil: nil))
  }

  @Test func `however many there were, no number overflows`() {
    let slate = FailureSlate(count: .max / 2, lastAt: 0, lockedUntil: nil)
    #expect(Self.rule.adding(slate, at: 5).wait(at: 5) == .seconds(60))
  }

  @Test func `owners hear of one failure in a row: the first that locks for a minute or more`() {
    #expect((1...40).filter { LockOutRule.account.concernsOwner($0) } == [7])
    let long = LockOutRule(free: 2, first: .seconds(300), longest: .seconds(900), forgottenAfter: .seconds(1_000))
    #expect((1...40).filter { long.concernsOwner($0) } == [3])
    #expect(!(1...40).contains { Self.rule.concernsOwner($0) && $0 != 6 })
    #expect(!LockOutRule.account.concernsOwner(0) && !LockOutRule.account.concernsOwner(.max - 1))
  }
}
