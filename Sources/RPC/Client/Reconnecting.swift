/// Which address to try next, and when: a value that is told what happened. Times in nanoseconds of one clock.
struct Reconnecting: Equatable {
  enum Next: Equatable {
    /// Try the address at this index, now.
    case connect(Int)
    /// All addresses have failed: not before this time.
    case wait(until: Int64)
  }

  private let addressCount: Int
  private let backoff: Backoff
  private var index = 0
  private var failures = 0
  private var notBefore = Int64.min

  init(addressCount: Int, backoff: Backoff) {
    self.addressCount = addressCount
    self.backoff = backoff
  }

  /// Somebody wants a connection.
  func next(now: Int64) -> Next {
    now >= notBefore ? .connect(index) : .wait(until: notBefore)
  }

  /// The address could not be connected to. Waits begin when the first address was tried in vain.
  mutating func failed(now: Int64, random: Double) -> Next {
    index += 1
    if index < addressCount { return .connect(index) }
    index = 0
    failures += 1
    notBefore = now + backoff.delay(afterFailures: failures, random: random)
    return .wait(until: notBefore)
  }

  /// The server has greeted us: the next connection may be made at once, from the first address on.
  mutating func succeeded() {
    index = 0
    failures = 0
    notBefore = .min
  }
}
