internal import EventLoop

/// Counts a caller's PINGs against what it may send: gRFC A8's server side, as grpc-go and gRPC C++ enforce it.
///
/// Knows no socket and no clock: time is handed in, in nanoseconds.
struct PingEnforcement {
  /// PINGs that come too soon and are forgiven, until something is sent to the caller.
  static let strikesMax = 2
  /// How often a caller without a call may send one, unless it is permitted more.
  static let intervalWithoutCalls = Duration.seconds(7_200)

  private var lastPing: Int64?
  private var strikes = 0
  private var hasAnswered = false

  /// Headers or data went to the caller: it may well ask how fast the way is (BDP probing), and starts afresh.
  @inline(__always)
  mutating func answered() { hasAnswered = true }

  /// A PING arrived.
  /// - Returns: whether the caller is to be sent away.
  mutating func received(at now: Int64, hasCalls: Bool, _ lifetime: ConnectionLifetime) -> Bool {
    defer { lastPing = now }
    if hasAnswered {
      hasAnswered = false
      strikes = 0
      return false
    }
    guard let lastPing else { return false }
    let interval =
      hasCalls || lifetime.permitsPingsWithoutCalls ? lifetime.pingIntervalMin : Self.intervalWithoutCalls
    if now - lastPing < interval.nanoseconds { strikes += 1 }
    return strikes > Self.strikesMax
  }
}
