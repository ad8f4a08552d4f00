internal import EventLoop

/// The settings by which a client detects dead connections.
public struct KeepAlive: Sendable, Equatable {
  /// The silence after which the client sends a PING. Many servers end connections with more PINGs than they allow; the
  /// channel then sends them half as often.
  public var time: Duration
  /// The time for the answer; then the connection is closed.
  public var timeout: Duration
  /// Also ask while there is no call. Many servers end connections for that.
  public var withoutCalls: Bool

  /// Asks after `time`.
  public init(time: Duration, timeout: Duration = .seconds(20), withoutCalls: Bool = false) {
    self.time = time
    self.timeout = timeout
    self.withoutCalls = withoutCalls
  }

  /// The server was asked too often.
  mutating func slowDown() { time = min(time * 2, .seconds(24 * 60 * 60)) }
}

/// The state machine of keepalive: when to send a PING, and when to close. All times in nanoseconds of one clock.
struct KeepAliveWatch: Equatable {
  enum Action: Equatable {
    case wait(until: Int64)
    case ping
    case giveUp
  }

  private let time: Int64
  private let timeout: Int64
  private let withoutCalls: Bool
  private var lastHeard: Int64
  private var askedAt: Int64?

  init(_ settings: KeepAlive, now: Int64) {
    time = settings.time.nanoseconds
    timeout = settings.timeout.nanoseconds
    withoutCalls = settings.withoutCalls
    lastHeard = now
  }

  /// Any byte is a sign of life.
  /// - Returns: whether it was an answer, so that there is another time to look at than that of giving up.
  @discardableResult
  mutating func heard(now: Int64) -> Bool {
    lastHeard = now
    return askedAt.take() != nil
  }

  mutating func check(now: Int64, hasCalls: Bool) -> Action {
    if let askedAt { return now >= askedAt + timeout ? .giveUp : .wait(until: askedAt + timeout) }
    guard hasCalls || withoutCalls else { return .wait(until: now + time) }
    guard now >= lastHeard + time else { return .wait(until: lastHeard + time) }
    askedAt = now
    return .ping
  }
}
