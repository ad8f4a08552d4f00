package import Platform

/// Decides how long failed sign-ins lock an account or an address out: a pure value; time is a parameter.
///
/// Some failures are free. Each later one locks for twice as long as the one before, up to a maximum. Attempts during a
/// lock are refused without verification and are not counted, so nobody can lock somebody else out for ever. A success,
/// or a long time without failures, resets the record.
package struct LockOutRule: Sendable, Equatable {
  /// The number of failures without a consequence.
  package var free: Int64
  /// The duration of the first lock.
  package let first: Duration
  /// The maximum duration of a lock.
  package let longest: Duration
  /// The time after which earlier failures do not count.
  package let forgottenAfter: Duration

  /// A rule with everything given.
  package init(free: Int64, first: Duration, longest: Duration, forgottenAfter: Duration) {
    self.free = free
    self.first = first
    self.longest = longest
    self.forgottenAfter = forgottenAfter
  }

  /// The rule of an account, whatever address the attempts come from. Locks are short, because a stranger can cause
  /// them.
  package static let account = LockOutRule(
    free: 4, first: .seconds(15), longest: .seconds(900), forgottenAfter: .seconds(86_400))
  /// The rule of an address, whatever accounts it tries. More failures are free, because many people may share an
  /// address.
  package static let address = LockOutRule(
    free: 19, first: .seconds(30), longest: .seconds(3_600), forgottenAfter: .seconds(86_400))

  /// The record after one more failure.
  package func adding(_ record: FailureRecord, at now: Instant) -> FailureRecord {
    if record.isLocked(at: now) { return record }
    let isForgotten = now - record.lastAt > forgottenAfter
    let count = isForgotten ? 1 : min(max(record.count, 0), .max - 1) + 1
    guard count > free else { return FailureRecord(count: count, lastAt: now, lockedUntil: nil) }
    return FailureRecord(count: count, lastAt: now, lockedUntil: now + lock(after: count))
  }

  /// Whether the failure of this number notifies the owner of the account: the first one that locks for a minute or
  /// more. A few typing mistakes notify nobody, and an attack notifies once.
  package func notifiesOwner(_ number: Int64) -> Bool {
    guard number > free else { return false }
    let before = number - 1 > free ? lock(after: number - 1) : .zero
    return lock(after: number) >= Self.worthAMail && before < Self.worthAMail
  }

  private static let worthAMail: Duration = .seconds(60)

  /// The duration of the lock after so many failures, which are more than the free ones.
  private func lock(after count: Int64) -> Duration {
    let doublings = count - free - 1
    return doublings > Self.doublingsMax ? longest : min(first * (1 << Int(doublings)), longest)
  }

  /// After so many doublings, every lock has the maximum duration.
  private static let doublingsMax: Int64 = 30
}

/// The lock-out rules.
package struct LockOutRules: Sendable, Equatable {
  /// For an account.
  package var account = LockOutRule.account
  /// For an address.
  package var address = LockOutRule.address

  /// The usual ones.
  package init() {}
}

/// The failures of an account or an address.
package struct FailureRecord: Sendable, Equatable {
  /// The number of failures.
  package let count: Int64
  /// The time of the last failure.
  package let lastAt: Instant
  /// The end of the lock; nil for none.
  package let lockedUntil: Instant?

  /// A record with everything given.
  package init(count: Int64, lastAt: Instant, lockedUntil: Instant?) {
    self.count = count
    self.lastAt = lastAt
    self.lockedUntil = lockedUntil
  }

  /// No failure so far.
  package static let empty = FailureRecord(count: 0, lastAt: .earliest, lockedUntil: nil)

  /// Whether attempts are refused.
  package func isLocked(at now: Instant) -> Bool { wait(at: now) != nil }

  /// The time until the next attempt is allowed; nil when it is allowed now.
  package func wait(at now: Instant) -> Duration? {
    guard let lockedUntil, lockedUntil > now else { return nil }
    return lockedUntil - now
  }
}
