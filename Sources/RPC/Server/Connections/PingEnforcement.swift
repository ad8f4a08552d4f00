internal import EventLoop

/// Limits a caller's PINGs: the server's side of gRFC A8, as grpc-go and gRPC C++ enforce it.
///
/// It knows neither sockets nor clocks: the caller passes times in, in nanoseconds.
struct PingEnforcement {
  /// PINGs that come too soon and are forgiven, until something is sent to the caller.
  static let strikesMax = 2
  /// The minimum interval of PINGs of a caller without a call, unless the settings permit more.
  static let intervalWithoutCalls = Duration.seconds(7_200)

  private var lastPing: Int64?
  private var strikes = 0
  private var hasAnswered = false

  /// Headers or data were sent to the caller: it may measure the bandwidth now (BDP probing), so the count starts
  /// again.
  @inline(__always)
  mutating func answered() { hasAnswered = true }

  /// A PING arrived.
  /// - Returns: whether the caller has sent too many.
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
