internal import EventLoop

/// The delay before the next attempt to connect. It doubles after each failure, with jitter, so that clients do not
/// reconnect in step.
struct Backoff {
  static let firstMs = 50
  static let lastMs = 2_000

  private(set) var failures = 0

  mutating func succeeded() { failures = 0 }

  /// The delay after one more failure, which is counted.
  /// - Parameter random: from 0 up to 1.
  mutating func nextDelay(random: Double) -> Duration {
    defer { failures += 1 }
    return delay(random: random)
  }

  /// The delay after what was no failure to connect: the loss of a connection.
  func delay(random: Double) -> Duration {
    let doubled = min(Self.firstMs << min(failures, 10), Self.lastMs)
    return .microseconds(Int64(Double(doubled) * 1000 * (0.5 + random / 2)))
  }
}
