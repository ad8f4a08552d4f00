internal import CLinux

/// Counters of a loop: plain numbers that its own thread counts, with a few additions per turn.
public struct LoopStatistics: Sendable {
  /// Upper bounds of ``turnsByTime``, in nanoseconds; what takes longer counts in one place more.
  public static let turnTimeBoundsNs: [Int] = [
    50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
  ]

  /// Turns by how long they took, from the kernel's answer to the next question.
  public internal(set) var turnsByTime = [Int](repeating: 0, count: turnTimeBoundsNs.count + 1)
  /// Time spent in turns, in nanoseconds: the rest is waiting.
  public internal(set) var busyNs = 0
  /// Events that the kernel reported.
  public internal(set) var events = 0
  /// Pieces of Swift tasks that ran.
  public internal(set) var jobs = 0
  /// The longest turn since ``EventLoop/takeLongestTurn()`` was last called.
  private var longestNs = 0
  /// Timers that wait for their time. As of now.
  public internal(set) var timersWaiting = 0
  /// Pieces of Swift tasks that wait to run. As of now.
  public internal(set) var jobsWaiting = 0

  @inline(__always)
  mutating func turnEnded(afterNs time: Int) {
    busyNs &+= time
    if time > longestNs { longestNs = time }
    var bucket = 0
    while bucket < Self.turnTimeBoundsNs.count && time > Self.turnTimeBoundsNs[bucket] { bucket &+= 1 }
    turnsByTime[bucket] &+= 1
  }

  mutating func takeLongest() -> Int {
    defer { longestNs = 0 }
    return longestNs
  }
}

extension EventLoop {
  /// Monotonic time in nanoseconds on the clock of ``now``, read this very moment: for measuring inside one turn.
  public static var preciseNow: Int64 { linux_monotonic_ns() }
}
