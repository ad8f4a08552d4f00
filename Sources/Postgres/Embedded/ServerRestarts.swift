/// How a server is started again that ends unexpectedly: the more often it ends right after its start, the later.
struct ServerRestarts {
  /// A server that has run for so long has started.
  private static let startTime: Duration = .seconds(10)
  /// Starts that may fail in a row while somebody waits for the first one.
  private static let failuresMax = 3
  private static let firstPauseSeconds: UInt32 = 1
  private static let lastPauseSeconds: UInt32 = 32

  /// Starts in a row after which it ended at once. Those that nobody waited for count no further.
  private(set) var failures = 0

  /// Whether it keeps ending right after its start.
  var hasFailedToStart: Bool { failures >= Self.failuresMax }

  /// It has ended.
  /// - Parameter time: how long it ran; nil when another program started it, long ago.
  mutating func ended(after time: Duration?) {
    let hasStarted = time.map { $0 >= Self.startTime } ?? true
    failures = hasStarted ? 0 : min(failures + 1, Self.failuresMax + 5)
  }

  /// The pause before the next start.
  var pauseSeconds: UInt32 {
    let doublings = max(0, failures - Self.failuresMax)
    return min(Self.firstPauseSeconds << UInt32(doublings), Self.lastPauseSeconds)
  }
}
