/// The state machine of reconnection: which address to try next, and when. Times in nanoseconds of one clock.
struct Reconnecting: Equatable {
  enum Next: Equatable {
    /// Try the address at this index, now.
    case connect(Int)
    /// All addresses have failed: not before this time.
    case wait(until: Int64)
  }

  /// Connections in a row that greeted us and left without having been of use, after which the next one is still made
  /// at once: a server that restarts leaves a caller or two so. One that goes on like that must not keep us busy.
  private static let departuresForgiven = 1

  private let addressCount: Int
  private let backoff: Backoff
  private var index = 0
  private var failures = 0
  private var departures = 0
  private var notBefore = Int64.min

  init(addressCount: Int, backoff: Backoff) {
    self.addressCount = addressCount
    self.backoff = backoff
  }

  /// A call needs a connection.
  func next(now: Int64) -> Next {
    now >= notBefore ? .connect(index) : .wait(until: notBefore)
  }

  /// The address could not be connected to. The backoff starts at the first address.
  mutating func failed(now: Int64, random: Double) -> Next {
    index += 1
    if index < addressCount { return .connect(index) }
    index = 0
    failures += 1
    notBefore = now + backoff.delay(afterFailures: failures, random: random)
    return .wait(until: notBefore)
  }

  /// The server greeted us and then left before the connection was of use: see ``ClientConnection/hasProvedItself``.
  mutating func departed(now: Int64, random: Double) -> Next {
    departures += 1
    return departures <= Self.departuresForgiven ? .connect(index) : failed(now: now, random: random)
  }

  /// The connection was of use: the next one may be made at once, from the first address on.
  mutating func succeeded() {
    index = 0
    failures = 0
    departures = 0
    notBefore = .min
  }
}
