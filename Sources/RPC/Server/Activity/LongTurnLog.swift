internal import EventLoop
internal import Logging

/// Decides which turns of a loop that took too long are logged. It leaves lines out, but counts every turn. A value:
/// the caller passes times in.
struct LongTurnPace {
  /// A turn that takes longer is worth a line.
  static let turnMax: Duration = .milliseconds(50)
  /// Between two lines.
  static let pauseNs: Int64 = 10_000_000_000

  /// The content of a log line.
  struct Line: Equatable {
    /// The longest turn since the last line.
    let longestNs: Int
    /// The number of long turns.
    let count: Int
  }

  private var nextAt: Int64 = .min
  private var longestNs = 0
  private var count = 0

  /// A turn took `ns`. Returns what to log now, if anything.
  mutating func line(_ ns: Int, now: Int64) -> Line? {
    longestNs = max(longestNs, ns)
    count += 1
    guard now >= nextAt else { return nil }
    defer {
      nextAt = now &+ Self.pauseNs
      longestNs = 0
      count = 0
    }
    return Line(longestNs: longestNs, count: count)
  }
}

extension RPCServer {
  /// Logs when a loop was held up for longer than ``LongTurnPace/turnMax``, and which method's handler began last.
  package func warnOfLongTurns() {
    for loop in group.loops {
      loop.execute { [logger, methodPaths, activity] in
        var pace = LongTurnPace()
        let ofLoop = activity.ofLoop(loop.index)
        loop.reportTurns(longerThan: LongTurnPace.turnMax) { ns in
          guard let line = pace.line(ns, now: loop.now) else { return }
          let began = ofLoop.lastIndex.flatMap { methodPaths.indices.contains($0) ? methodPaths[$0] : nil }
          logger.warning(
            "an event loop was blocked",
            metadata: [
              "loop": "\(loop.index)", "longest_ms": "\(line.longestNs / 1_000_000)", "times": "\(line.count)",
              "began_last": "\(began ?? "none")",
            ])
        }
      }
    }
  }
}
