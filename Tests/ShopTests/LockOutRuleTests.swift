import Platform
import Testing

@testable import Security

@Suite struct LockOutRuleTests {
  private static let start = Instant(clamping: 0)
  private static let rule = LockOutRule(
    free: 2, first: .seconds(10), longest: .seconds(60), forgottenAfter: .seconds(1_000))

  /// The locks, in seconds, that failures cause which come as soon as they may.
  private static func locks(_ rule: LockOutRule, failures: Int) -> [Int64] {
    var record = FailureRecord.empty
    var now = start
    return (0..<failures).map { _ in
      record = rule.adding(record, at: now)
      let wait = record.wait(at: now)?.components.seconds ?? 0
      now = now + .seconds(wait)
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
    let locked = Self.rule.adding(FailureRecord(count: 2, lastAt: Self.start, lockedUntil: nil), at: Self.start)
    #expect(locked == FailureRecord(count: 3, lastAt: Self.start, lockedUntil: Self.start + .seconds(10)))
    #expect(Self.rule.adding(locked, at: Self.start + .seconds(9)) == locked)
    #expect(locked.wait(at: Self.start + .seconds(9)) == .seconds(1))
    #expect(locked.isLocked(at: Self.start + .microseconds(9_999_999)))
    #expect(!locked.isLocked(at: Self.start + .seconds(10)))
    #expect(Self.rule.adding(locked, at: Self.start + .seconds(10)).lockedUntil == Self.start + .seconds(30))
  }

  @Test func `after a long time without failures, they count no more`() {
    let old = FailureRecord(count: 50, lastAt: Self.start, lockedUntil: Self.start + .seconds(60))
    let later = Self.start + .seconds(1_000)
    #expect(Self.rule.adding(old, at: later).count == 51)
    let latest = later + .microseconds(1)
    #expect(Self.rule.adding(old, at: latest) == FailureRecord(count: 1, lastAt: latest, lockedUntil: nil))
  }

  @Test func `however many there were, no number overflows`() {
    for count in [Int64.max / 2, .max - 1, .max] {
      let record = FailureRecord(count: count, lastAt: Self.start, lockedUntil: nil)
      #expect(Self.rule.adding(record, at: Self.start).wait(at: Self.start) == .seconds(60))
    }
    let negative = FailureRecord(count: .min, lastAt: Self.start, lockedUntil: nil)
    #expect(Self.rule.adding(negative, at: Self.start).count == 1)
  }

  @Test func `owners hear of one failure in a row: the first that locks for a minute or more`() {
    #expect((1...40).filter { LockOutRule.account.notifiesOwner($0) } == [7])
    let long = LockOutRule(free: 2, first: .seconds(300), longest: .seconds(900), forgottenAfter: .seconds(1_000))
    #expect((1...40).filter { long.notifiesOwner($0) } == [3])
    #expect(!(1...40).contains { Self.rule.notifiesOwner($0) && $0 != 6 })
    #expect(!LockOutRule.account.notifiesOwner(0) && !LockOutRule.account.notifiesOwner(.max - 1))
  }
}
