/// The delay between a worker's end and the start of the next.
///
/// A worker that served is replaced at once, or nearly so. Otherwise an attacker who can end workers would gain a pause
/// in which nobody serves. A worker that never began to serve will hardly do better in a moment, so the delay grows.
struct RestartBackoff {
  /// A worker that served for so long makes up for those before it.
  static let goodLife: Duration = .seconds(30)
  /// The number of workers that served for a shorter time and are replaced at once.
  static let freeRestarts = 5
  static let firstPause: Duration = .milliseconds(100)
  /// The longest pause after a worker that served.
  static let servingPauseMax: Duration = .seconds(1)
  /// The longest pause after a worker that did not begin to serve.
  static let startingPauseMax: Duration = .seconds(30)
  /// A pause is doubled so often at most.
  private static let doublingsMax = 16

  private var deaths = 0
  private var failedStarts = 0

  /// A worker has ended that had served for `served`; nil if it had not begun to.
  mutating func pause(afterServing served: Duration?) -> Duration {
    guard let served else {
      failedStarts += 1
      return min(Self.pause(failedStarts), Self.startingPauseMax)
    }
    failedStarts = 0
    deaths = served >= Self.goodLife ? 0 : deaths + 1
    return deaths <= Self.freeRestarts ? .zero : min(Self.pause(deaths - Self.freeRestarts), Self.servingPauseMax)
  }

  private static func pause(_ times: Int) -> Duration { firstPause * (1 << min(times - 1, doublingsMax)) }
}
