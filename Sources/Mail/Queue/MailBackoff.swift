/// Decides when a failed delivery is tried again: a pure value.
///
/// The pauses double up to a maximum. A random share shortens each one, so deliveries that failed together are not
/// repeated together. With the usual values, an e-mail is tried for about a day.
package struct MailBackoff: Sendable, Equatable {
  /// The pause after the first attempt.
  package var first: Duration = .seconds(30)
  /// The maximum pause.
  package var longest: Duration = .seconds(4 * 3_600)
  /// The maximum number of attempts.
  package var attemptsMax = 15
  /// The maximum random share of a pause that is taken away, from 0 to 1.
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
