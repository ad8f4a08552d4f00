/// Decides when a failed attempt is repeated: a pure value.
///
/// The pauses double up to a maximum. A random share shortens each one, so attempts that failed together are not
/// repeated together. With the usual values, a job is tried for about a day.
package struct JobBackoff: Sendable, Equatable {
  /// Above so many doublings every pause is the longest.
  private static let doublingsMax = 30

  /// The pause after the first failure.
  package var first: Duration = .seconds(30)
  /// The maximum pause.
  package var longest: Duration = .seconds(4 * 3_600)
  /// The maximum number of failures: with the last one, the job is given up.
  package var failuresMax = 15
  /// The maximum random share of a pause that is taken away, from 0 to 1.
  package var jitter = 0.5

  /// The usual values.
  package init() {}

  /// Values of one's own, with the usual jitter.
  package init(first: Duration, longest: Duration, failuresMax: Int) {
    self.first = first
    self.longest = longest
    self.failuresMax = failuresMax
  }

  /// The pause after a failure, the first of which is number 1; nil when it was the last.
  /// - Parameter chance: from 0 to 1.
  package func pause(afterFailure failure: Int, chance: Double) -> Duration? {
    guard failure < failuresMax else { return nil }
    let doublings = max(failure, 1) - 1
    let full = doublings > Self.doublingsMax ? longest : min(first * (1 << doublings), longest)
    return full * (1 - jitter * min(max(chance, 0), 1))
  }
}
