internal import EventLoop

/// The state machine of a connection's life. It knows neither sockets nor clocks: its user passes times in nanoseconds,
/// and carries out the actions that it returns.
///
/// One timer serves it. Events of calls only note a time. The timer reads these notes when it fires, and is scheduled
/// again for ``nextDue``.
struct ConnectionLifecycle {
  /// An action that the connection carries out.
  enum Action: Equatable {
    /// The caller has been silent: ask with a PING.
    case askWhetherAlive
    /// Announce the end of the connection: GOAWAY with the highest id, followed by a PING.
    case announceGoingAway
    /// The announcement has been heard: GOAWAY with the true last id.
    case goAway
    /// Calls have had their time: they end with UNAVAILABLE, and the connection with them.
    case endCalls(reason: String)
    /// Close at once.
    case close(reason: String)
  }

  private enum ClosingPhase {
    case none
    /// Announced; the answer is waited for until then.
    case announced(until: Int64)
    case gone
  }

  private static let never = Int64.max

  private let lifetime: ConnectionLifetime
  private let bornAt: Int64
  private let oldAt: Int64
  private var closing = ClosingPhase.none
  private var callsEndAt = never
  private var isAsking = false
  private var askedAt: Int64 = 0

  /// When the caller's last bytes came.
  private(set) var lastHeard: Int64
  /// Since when it has had no call; nil while it has one.
  private(set) var idleSince: Int64?
  /// Whether it ever had a call.
  private(set) var hasCalled = false
  /// When ``due(at:)`` was last asked: a connection with a call cannot have been idle since before that.
  private var lookedAt: Int64
  private var hasGreeted = false
  private var answersPings = false

  /// `jitter`, from 0 to 1, says where between 90 and 110 percent of the greatest age this connection's lies.
  init(_ lifetime: ConnectionLifetime, bornAt now: Int64, jitter: Double) {
    self.lifetime = lifetime
    bornAt = now
    lastHeard = now
    idleSince = now
    lookedAt = now
    oldAt = lifetime.ageMax.map { now + Int64(Double($0.nanoseconds) * (0.9 + 0.2 * jitter)) } ?? Self.never
  }

  // MARK: What happens

  /// Bytes came from the caller.
  @inline(__always)
  mutating func heard(at now: Int64) { lastHeard = now }

  /// The caller speaks HTTP: HTTP/2, which has PINGs, or HTTP/1.1.
  mutating func greeted(answersPings: Bool) {
    hasGreeted = true
    self.answersPings = answersPings
  }

  /// Its first call of several at once began, or its last one ended.
  @inline(__always)
  mutating func becameBusy() {
    idleSince = nil
    hasCalled = true
  }
  @inline(__always)
  mutating func becameIdle(at now: Int64) { idleSince = now }

  /// Whether the end of the connection was announced.
  var isClosing: Bool { if case .none = closing { false } else { true } }

  /// The server stops, or the connection's time has come: begins the closing, once.
  mutating func depart(at now: Int64) -> [Action] {
    guard !isClosing else { return [] }
    closing = .announced(until: now + lifetime.goingAwayNoticeMax.nanoseconds)
    return [.announceGoingAway]
  }

  /// The caller has answered the PING after the announcement, so the server has seen all calls that the caller began
  /// before.
  mutating func announcementHeard() -> [Action] {
    guard case .announced = closing else { return [] }
    closing = .gone
    return [.goAway]
  }

  // MARK: Time passes

  /// The actions that are due at `now`.
  mutating func due(at now: Int64) -> [Action] {
    lookedAt = now
    if !hasGreeted && now >= greetingEnd { return [.close(reason: "the client did not start HTTP in time")] }
    if now >= callsEndAt { return [.endCalls(reason: "the connection has reached its maximum age; use a new one")] }
    var actions = keepAlive(at: now)
    if case .announced(let until) = closing, now >= until { actions += announcementHeard() }
    if now >= oldAt && callsEndAt == Self.never {
      if let grace = lifetime.ageGrace, !isClosing { callsEndAt = now + grace.nanoseconds }
      actions += depart(at: now)
    } else if idleSince != nil, now >= idleEnd {
      actions += depart(at: now)
    }
    return actions
  }

  /// The time at which ``due(at:)`` has actions if nothing happens before; nil for never. Events only delay it.
  var nextDue: Int64? {
    var next = callsEndAt
    if answersPings { next = min(next, isAsking ? askedAt + lifetime.keepaliveTimeout.nanoseconds : askingAt) }
    switch closing {
    case .none: next = min(next, oldAt, idleEnd)
    case .announced(let until): next = min(next, until)
    case .gone: break
    }
    if !hasGreeted { next = min(next, greetingEnd) }
    return next == Self.never ? nil : next
  }

  private mutating func keepAlive(at now: Int64) -> [Action] {
    if isAsking {
      guard lastHeard < askedAt else {
        isAsking = false
        return keepAlive(at: now)
      }
      guard now >= askedAt + lifetime.keepaliveTimeout.nanoseconds else { return [] }
      return [.close(reason: "the client did not answer a keepalive PING in time")]
    }
    guard answersPings, now >= askingAt else { return [] }
    isAsking = true
    askedAt = now
    return [.askWhetherAlive]
  }

  private var greetingEnd: Int64 { bornAt + lifetime.greetingMax.nanoseconds }
  private var askingAt: Int64 { lastHeard + lifetime.keepaliveInterval.nanoseconds }
  private var idleEnd: Int64 {
    let since = idleSince ?? lookedAt
    let end = lifetime.idleMax.map { since + $0.nanoseconds } ?? Self.never
    guard !hasCalled, let firstCallMax = lifetime.firstCallMax else { return end }
    return min(end, since + firstCallMax.nanoseconds)
  }
}
