/// The limit of a key: `count` units in a period, in the long run, and a burst at once.
///
/// It is stored as the algorithm needs it: a unit returns every `intervalNs`, and at most `burst` are available. So in
/// any stretch of time a key spends at most the burst and the units that return meanwhile.
public struct RateLimit: Sendable, Hashable {
  /// The longest time in which a whole burst comes back: a month.
  public static let refillNsMax: Int64 = 31 * 86_400 * 1_000_000_000

  /// Nanoseconds in which one unit comes back, rounded up: never more is admitted than was said.
  public let intervalNs: Int64
  /// Units that may be spent at once, and the most that are ever left.
  public let burst: Int64
  /// Nanoseconds in which a whole burst comes back.
  @inlinable public var refillNs: Int64 { intervalNs &* burst }

  /// `count` units in `period`, of which `burst` at once; by default all of them.
  ///
  /// Nil when a number is not positive, or a burst would take longer than ``refillNsMax`` to come back.
  public init?(_ count: Int, per period: Duration, burst: Int? = nil) {
    let burst = Int64(burst ?? count)
    let (seconds, attoseconds) = period.components
    let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let periodNs = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    guard count > 0, burst > 0, !isTooLong, !periodNs.overflow, periodNs.partialValue > 0 else { return nil }
    let (quotient, remainder) = periodNs.partialValue.quotientAndRemainder(dividingBy: Int64(count))
    let interval = quotient + (remainder > 0 ? 1 : 0)
    let (refill, overflow) = interval.multipliedReportingOverflow(by: burst)
    guard !overflow, refill <= Self.refillNsMax else { return nil }
    intervalNs = interval
    self.burst = burst
  }
}
