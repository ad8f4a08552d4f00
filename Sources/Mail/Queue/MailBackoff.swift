/// When a mail that could not be delivered is tried again: a pure value.
///
/// The pauses double from one attempt to the next up to a longest one, and each is shortened by a random share, so that
/// what failed together does not come back together. With the usual values, a mail is tried for about a day.
package struct MailBackoff: Sendable, Equatable {
  /// The pause after the first attempt.
  package var first: Duration = .seconds(30)
  /// No pause is longer.
  package var longest: Duration = .seconds(4 * 3_600)
  /// So many attempts, and no more.
  package var attemptsMax = 15
  /// The share of a pause that chance may take away, from 0 to 1.
  package var jitter = 0.5

  /// The usual values.
  package init() {}

  /// The pause after an attempt, the first of which is number 1; nil when it was the last.
  /// - Parameter chance: from 0 to 1.
  package func pause(afterAttempt attempt: Int, chance: Double) -> Duration? {
    guard attempt < attemptsMax else { return nil }
    // Above 40 doublings every pause is the longest.
    let doublings = min(max(attempt, 1) - 1, 40)
    let full = doublings > 30 ? longest : min(first * (1 << doublings), longest)
    return full * (1 - jitter * min(max(chance, 0), 1))
  }
}
