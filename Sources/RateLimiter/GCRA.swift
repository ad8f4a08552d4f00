/// The generic cell rate algorithm: a leaky bucket whose state is a single time.
///
/// The *theoretical arrival time* is the time when all spent units have returned. A key whose time has passed is the
/// same as a new one, so a table may forget it. Time is a parameter: any clock in nanoseconds that does not run
/// backwards.
///
/// Source: ITU-T recommendation I.371, annex A.
public enum GCRA {
  /// The state of a key that has spent nothing.
  public static let fresh: Int64 = 0

  /// Whether `cost` may be spent at `now` by a key whose theoretical arrival time is `arrival`, and the time that it
  /// has afterwards. A refusal leaves the time as it was.
  @inlinable @inline(__always)
  public static func spend(
    _ cost: Int64, at now: Int64, arrival: Int64, limit: RateLimit
  ) -> (decision: RateDecision, arrival: Int64) {
    let start = max(arrival, now)
    let debt = start &- now
    // Beyond a burst nothing is admitted at any time; below it, nothing here overflows.
    if cost > limit.burst || cost < 0 { return (refusal(debt, limit, retryNs: nil), arrival) }
    let spent = debt &+ cost &* limit.intervalNs
    if spent > limit.refillNs { return (refusal(debt, limit, retryNs: spent &- limit.refillNs), arrival) }
    let decision = RateDecision(
      isAdmitted: true, remaining: remaining(spent, limit), resetNs: spent, retryNs: 0)
    return (decision, cost == 0 ? arrival : now &+ spent)
  }

  @inlinable
  static func refusal(_ debt: Int64, _ limit: RateLimit, retryNs: Int64?) -> RateDecision {
    RateDecision(isAdmitted: false, remaining: remaining(debt, limit), resetNs: debt, retryNs: retryNs)
  }

  /// Whole units that are left to who owes `debt` nanoseconds: none when the limit was lowered below what was spent.
  @inlinable @inline(__always)
  static func remaining(_ debt: Int64, _ limit: RateLimit) -> Int64 {
    max(0, limit.refillNs &- debt) / limit.intervalNs
  }
}
