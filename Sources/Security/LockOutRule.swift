package import Platform

/// When somebody who fails to sign in has to wait: a pure value; time is a parameter.
///
/// Some failures are free. Each one after that locks for twice as long as the one before, up to a longest time.
/// Attempts during a lock are refused without being looked at, and count for nothing, so that nobody can keep somebody
/// else out by trying on. A success, or a long time without failures, wipes the record.
package struct LockOutRule: Sendable, Equatable {
  /// So many failures have no consequence.
  package var free: Int64
  /// The first lock.
  package let first: Duration
  /// No lock is longer.
  package let longest: Duration
  /// After so long without a failure, earlier ones count no more.
  package let forgottenAfter: Duration

  /// A rule with everything given.
  package init(free: Int64, first: Duration, longest: Duration, forgottenAfter: Duration) {
    self.free = free
    self.first = first
    self.longest = longest
    self.forgottenAfter = forgottenAfter
  }

  /// For an account, wherever the attempts come from. Short, for a stranger can cause it.
  package static let account = LockOutRule(
    free: 4, first: .seconds(15), longest: .seconds(900), forgottenAfter: .seconds(86_400))
  /// For an address, whatever accounts it tries. Many people may share one, so more are free.
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

  /// Whether the failure of this number is the one that the account's owner should hear of: the first that locks for a
  /// minute or more. Who mistypes a few times need not be written to, and who is attacked need not hear it each time.
  package func notifiesOwner(_ number: Int64) -> Bool {
    guard number > free else { return false }
    let before = number - 1 > free ? lock(after: number - 1) : .zero
    return lock(after: number) >= Self.worthAMail && before < Self.worthAMail
  }

  private static let worthAMail: Duration = .seconds(60)

  /// The lock that so many failures cause, more than are free.
  private func lock(after count: Int64) -> Duration {
    let doublings = count - free - 1
    return doublings > Self.doublingsMax ? longest : min(first * (1 << Int(doublings)), longest)
  }

  /// Above so many doublings every lock is the longest.
  private static let doublingsMax: Int64 = 30
}

/// Which rules hold for whom.
package struct LockOutRules: Sendable, Equatable {
  /// For an account.
  package var account = LockOutRule.account
  /// For an address.
  package var address = LockOutRule.address

  /// The usual ones.
  package init() {}
}

/// What is remembered of failures.
package struct FailureRecord: Sendable, Equatable {
  /// How many there were.
  package let count: Int64
  /// When the last one was.
  package let lastAt: Instant
  /// Nobody may try before; nil for at once.
  package let lockedUntil: Instant?

  /// A record with everything given.
  package init(count: Int64, lastAt: Instant, lockedUntil: Instant?) {
    self.count = count
    self.lastAt = lastAt
    self.lockedUntil = lockedUntil
  }

  /// No failure so far.
  package static let empty = FailureRecord(count: 0, lastAt: .earliest, lockedUntil: nil)

  /// Whether an attempt is to be refused.
  package func isLocked(at now: Instant) -> Bool { wait(at: now) != nil }

  /// How long to wait before the next attempt; nil when it may be made.
  package func wait(at now: Instant) -> Duration? {
    guard let lockedUntil, lockedUntil > now else { return nil }
    return lockedUntil - now
  }
}
