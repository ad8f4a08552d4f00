internal import EventLoop

/// How long to wait before trying again: longer each time, and not the same for all who began to wait together.
public struct Backoff: Sendable, Equatable {
  /// A wait is changed at random by up to this share of it, up or down.
  static let jitter = 0.2

  /// The wait after the first failure.
  public var initial: Duration
  /// No wait is longer, but for the random part.
  public var maximum: Duration
  /// Each wait is so many times the one before it, at least once.
  public var multiplier: Double

  /// Waits from `initial` to `maximum`.
  public init(initial: Duration, maximum: Duration, multiplier: Double) {
    self.initial = initial
    self.maximum = maximum
    self.multiplier = multiplier
  }

  /// The wait after so many failures in a row, at least one, in nanoseconds. `random` lies in 0..<1.
  func delay(afterFailures failures: Int, random: Double) -> Int64 {
    let longest = Double(max(0, maximum.nanoseconds))
    var wait = min(Double(max(0, initial.nanoseconds)), longest)
    // Stops when the longest wait is reached, so that any number of failures takes no time to count.
    var rest = failures
    while rest > 1 && wait > 0 && wait < longest && multiplier > 1 {
      wait = min(wait * multiplier, longest)
      rest -= 1
    }
    let spread = 1 - Self.jitter + 2 * Self.jitter * random
    return Int64(min(wait * spread, Double(Int64.max / 4)))
  }
}
