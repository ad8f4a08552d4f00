internal import EventLoop

/// How long to wait before the next attempt to connect: twice as long after each failure, with jitter, so that many
/// clients do not come back in step.
struct Backoff {
  static let firstMs = 50
  static let lastMs = 2_000

  private(set) var failures = 0

  mutating func succeeded() { failures = 0 }

  /// - Parameter random: from 0 up to 1.
  mutating func nextDelay(random: Double) -> Duration {
    let doubled = min(Self.firstMs << min(failures, 10), Self.lastMs)
    failures += 1
    return .microseconds(Int64(Double(doubled) * 1000 * (0.5 + random / 2)))
  }
}
