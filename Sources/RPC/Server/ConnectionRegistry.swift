internal import EventLoop

/// The open connections of one loop.
final class ConnectionRegistry {
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  /// Which of them may make way for others.
  private var idle = IdleConnections()
  /// What the handlers of its loop are at.
  let activity: LoopActivity
  /// The calls of all of them, also of those that are gone.
  var calls = CallCounters()
  var all: some Collection<ServerConnection> { connections.values }

  init(_ activity: LoopActivity) { self.activity = activity }

  func add(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = connection }
  func remove(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = nil }
  func drain() { for connection in connections.values { connection.drain() } }
  func endCalls() {
    for connection in connections.values { connection.endCalls("the server has stopped; go on elsewhere") }
  }
  func closeAll() { for connection in connections.values { connection.close() } }

  /// Closes up to `count` connections that have had no call for `idleMin`: those that never had one first, then the
  /// longest idle ones.
  /// - Returns: how many were closed.
  func closeIdle(_ count: Int, idleMin: Duration, at now: Int64) -> Int {
    var closed = 0
    while closed < count, let connection = idle.next(of: connections, before: now - idleMin.nanoseconds, at: now) {
      connection.makeWay()
      closed += 1
    }
    return closed
  }
}

/// The idle connections of a loop, those first that are to make way first.
///
/// They are looked for only when room is needed, so that calls pay nothing for it, and all at once, so that room for
/// many costs one look. A connection that was idle then and still is has been idle for longer than all that came later.
struct IdleConnections {
  private struct Found {
    let id: ObjectIdentifier
    let since: Int64
  }

  /// Where all connections are busy, a look is not repeated before this has passed: it costs as much as there are.
  private static let lookPause = Duration.milliseconds(100)

  /// The next one is the last.
  private var found: [Found] = []
  /// The last look found nothing: it is not repeated until then, on the clock of `loop.now` in nanoseconds.
  private var nextLook: Int64 = 0
  /// How long a connection had to be idle for that look.
  private var lookedFor: Int64 = 0

  /// The next one to make way, if there is one that has been idle since `latest` or longer.
  mutating func next(
    of connections: [ObjectIdentifier: ServerConnection], before latest: Int64, at now: Int64
  ) -> ServerConnection? {
    if let known = takeFound(of: connections) { return known }
    if now < nextLook && now - latest >= lookedFor { return nil }
    look(at: connections, before: latest)
    let next = takeFound(of: connections)
    if next == nil {
      nextLook = now + Self.lookPause.nanoseconds
      lookedFor = now - latest
    }
    return next
  }

  private mutating func takeFound(of connections: [ObjectIdentifier: ServerConnection]) -> ServerConnection? {
    while let candidate = found.popLast() {
      if let connection = connections[candidate.id], connection.idleSince == candidate.since { return connection }
    }
    return nil
  }

  private mutating func look(at connections: [ObjectIdentifier: ServerConnection], before latest: Int64) {
    var uncalled: [Found] = []
    var called: [Found] = []
    for (id, connection) in connections {
      guard let since = connection.idleSince, since <= latest else { continue }
      if connection.life.hasCalled {
        called.append(Found(id: id, since: since))
      } else {
        uncalled.append(Found(id: id, since: since))
      }
    }
    found = (uncalled.isEmpty ? called : uncalled).sorted { $0.since > $1.since }
  }
}

extension ServerConnection {
  /// Since when it has had no call, and no handler at work; nil while it has one, or ends already.
  var idleSince: Int64? { abandonedCalls == 0 && !isClosed && !isFinished ? life.idleSince : nil }

  /// Ends at once, for others to have its place. A caller who begins a call meanwhile may safely repeat it elsewhere.
  func makeWay() {
    closeReason = "the server needed the place of idle connections"
    session?.goAway()
    turnEnded()
    close()
  }
}
