internal import EventLoop
internal import Synchronization

/// The open connections of one loop.
final class ConnectionRegistry {
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  /// The connections that may be closed to make room.
  private var idle = IdleConnections()
  /// When busy ones may make way again, on the clock of `loop.now` in nanoseconds.
  private var nextBusy: Int64 = 0
  /// The activity of the loop's handlers.
  let activity: LoopActivity
  /// The calls of all of them, also of those that are gone.
  var calls = CallCounters()
  var all: some Collection<ServerConnection> { connections.values }

  init(_ activity: LoopActivity) { self.activity = activity }

  func add(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = connection }
  func remove(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = nil }
  func drain() { for connection in connections.values { connection.drain() } }
  func endCalls() {
    for connection in connections.values { connection.endCalls("the server has stopped; connect again") }
  }
  func closeUntrusted(by context: TLSContext) {
    for connection in connections.values {
      guard let tls = connection.tls, tls.context.series == context.series, tls.context !== context else { continue }
      if !tls.isPeerTrusted(by: context) { connection.close() }
    }
  }
  func closeAll() { for connection in connections.values { connection.close() } }

  /// Closes up to `count` connections that have had no call for `idleMin`: those that never had one first, then the
  /// longest idle ones, then those that do nothing but leave requests unfinished.
  /// - Returns: how many were closed.
  func closeIdle(_ count: Int, idleMin: Duration, at now: Int64) -> Int {
    var closed = 0
    while closed < count, let connection = idle.next(of: connections, idleFor: idleMin.nanoseconds, at: now) {
      connection.makeWay()
      closed += 1
    }
    return closed
  }

  /// An address with so few connections keeps them while they have calls.
  private static let keptOfAddress = 2
  /// The time between two searches for busy connections, whose cost grows with their number.
  private static let busyPause = Duration.milliseconds(100)

  /// Closes up to `count` connections that have calls, of those addresses that have most connections.
  func closeBusy(_ count: Int, at now: Int64) -> Int {
    if now < nextBusy { return 0 }
    nextBusy = now + Self.busyPause.nanoseconds
    let found = connections.values.compactMap { connection -> (ServerConnection, Int)? in
      let open = connection.usage.connections.load(ordering: .relaxed)
      let makesWay = connection.usage.isOneCaller && open > Self.keptOfAddress && !connection.isClosed
      return makesWay ? (connection, open) : nil
    }
    let most = found.sorted { $0.1 > $1.1 }.prefix(count)
    for (connection, _) in most { connection.makeWay() }
    return most.count
  }
}

/// The idle connections of a loop, in the order in which they are closed to make room.
///
/// The list is made only when room is needed, so calls do not pay for it, and for all connections at once. A connection
/// that was idle then and still is has been idle longer than all later ones.
struct IdleConnections {
  private struct Found {
    let id: ObjectIdentifier
    let since: Int64
  }

  /// A request that has been unfinished for less than this is on its way.
  private static let unfinishedMin = Duration.seconds(2)
  /// The time between two searches when all connections are busy: the cost grows with their number.
  private static let lookPause = Duration.milliseconds(100)

  /// The next one is the last.
  private var found: [Found] = []
  /// The last look found nothing: it is not repeated until then, on the clock of `loop.now` in nanoseconds.
  private var nextLook: Int64 = 0
  /// The idle time that the search required.
  private var lookedFor: Int64 = 0

  /// The next one to make way, if there is one that has been idle for `idleMin` or longer, in nanoseconds.
  mutating func next(
    of connections: [ObjectIdentifier: ServerConnection], idleFor idleMin: Int64, at now: Int64
  ) -> ServerConnection? {
    if let known = takeFound(of: connections) { return known }
    if now < nextLook && idleMin >= lookedFor { return nil }
    look(at: connections, idleFor: idleMin, at: now)
    let next = takeFound(of: connections)
    if next == nil {
      nextLook = now + Self.lookPause.nanoseconds
      lookedFor = idleMin
    }
    return next
  }

  private mutating func takeFound(of connections: [ObjectIdentifier: ServerConnection]) -> ServerConnection? {
    while let candidate = found.popLast() {
      if let connection = connections[candidate.id], connection.waitsSince == candidate.since { return connection }
    }
    return nil
  }

  private mutating func look(
    at connections: [ObjectIdentifier: ServerConnection], idleFor idleMin: Int64, at now: Int64
  ) {
    var uncalled: [Found] = []
    var called: [Found] = []
    var unfinished: [Found] = []
    for (id, connection) in connections {
      guard let since = connection.waitsSince else { continue }
      let candidate = Found(id: id, since: since)
      if connection.session?.hasStreams == true {
        if now - since >= Self.unfinishedMin.nanoseconds { unfinished.append(candidate) }
      } else if now - since >= idleMin {
        if connection.life.hasCalled { called.append(candidate) } else { uncalled.append(candidate) }
      }
    }
    let first = !uncalled.isEmpty ? uncalled : !called.isEmpty ? called : unfinished
    found = first.sorted { $0.since > $1.since }
  }
}

extension ServerConnection {
  /// A connection with more streams than this is not searched for unfinished requests.
  private static let unfinishedStreamsMax = 4

  /// Since when nothing has been at work on it: there is no call, or none whose request has come. Nil while there is,
  /// or when it ends already.
  var waitsSince: Int64? {
    if abandonedCalls > 0 || isClosed || isFinished { return nil }
    return life.idleSince ?? unfinishedSince
  }

  /// When the first of its calls began, if there are few and the caller owes the requests of all.
  private var unfinishedSince: Int64? {
    var oldest = Int64.max
    var candidate = session?.firstStream
    var count = 0
    while let stream = candidate {
      count += 1
      guard count <= Self.unfinishedStreamsMax, let call = stream as? Call, !call.isRunning, call.callerOwesRequest
      else { return nil }
      oldest = min(oldest, call.openedAt)
      candidate = stream.next?.takeUnretainedValue()
    }
    return count > 0 ? oldest : nil
  }

  /// Ends at once to make room. A caller that begins a call at that moment may safely repeat it on another connection.
  func makeWay() {
    closeReason = "the server closed the connection to make room for others"
    session?.goAway()
    turnEnded()
    close()
  }
}
