/// A rate limit of one caller: a burst, then a number per second. Useful work can earn it more.
///
/// It keeps a single number: the time at which the debt so far is paid off (the generic cell rate algorithm).
struct Allowance {
  /// The burst and the rate of an allowance.
  struct Rate {
    /// The maximum burst.
    let atOnceMax: Int64
    /// The sustained rate per second.
    let perSecond: Int64

    var intervalNs: Int64 { 1_000_000_000 / perSecond }
    var debtNsMax: Int64 { atOnceMax * intervalNs }
  }

  private let rate: Rate
  private var paidOffAt: Int64 = 0

  init(_ rate: Rate) { self.rate = rate }

  /// Takes one. `now` is the loop's, in nanoseconds.
  /// - Returns: whether it was still allowed.
  @inline(__always)
  mutating func spend(now: Int64) -> Bool {
    paidOffAt = max(paidOffAt, now) &+ rate.intervalNs
    return paidOffAt &- now <= rate.debtNsMax
  }

  /// Gives `count` back: there is never more than ``Rate/atOnceMax`` to spend.
  @inline(__always)
  mutating func earn(_ count: Int64) { paidOffAt &-= count &* rate.intervalNs }
}
