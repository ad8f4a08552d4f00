internal import EventLoop

/// A pool of connections, each used by one caller at a time, opened on demand: for writes and transactions, or for long
/// reads.
final class ConnectionPool {
  /// The bounds of a pool.
  struct Limits {
    var connectionsMax: Int
    /// Callers that may wait for a connection.
    var waitersMax: Int
    /// The time that one waits.
    var wait: Duration
    /// Connections that are opened before anybody needs them.
    var connectionsMin: Int
  }

  private let source: ConnectionSource
  private let kind: ConnectionKind
  private let limits: Limits
  private var idle: [Connection] = []
  private var waiters = Queue<ConnectionWaiter>()
  /// Connections that exist or are being made.
  private var count = 0
  private var connecting = 0
  private var backoff = Backoff()
  private var all: [ObjectIdentifier: Connection] = [:]
  private var isClosed = false
  /// Whether a connection was lost, and none was made since.
  private var hasLost = false
  /// Whether the wait for the end of the outage is that for a first attempt.
  private var isPatient = false
  private lazy var retry = Timer { [unowned self] in grow() }
  private lazy var outage = Timer { [unowned self] in
    if source.openCount == 0 { failWaiters() }
  }

  init(_ kind: ConnectionKind, _ limits: Limits, source: ConnectionSource) {
    self.kind = kind
    self.limits = limits
    self.source = source
    source.onReached { [weak self] in
      if let self, retry.isScheduled { source.loop.schedule(retry, after: .zero) }
    }
    source.onUnresponsive { [weak self] in self?.giveUp("the server does not respond") }
    source.onReadOnly { [weak self] in self?.giveUp("looking for the primary server") }
    grow(atLeast: limits.connectionsMin)
  }

  /// Connections that wait for a caller.
  var idleCount: Int { idle.count }
  /// Connections that a caller has for itself.
  var usedCount: Int { max(0, count - connecting - idle.count) }
  /// Callers that wait for a connection.
  var waitingCount: Int { waiters.count }

  /// A connection for the caller alone, to be given back with ``release(_:rollingBack:)``.
  nonisolated(nonsending) func acquire() async throws(PostgresError) -> Connection {
    if isClosed { throw .unavailable }
    while let connection = idle.popLast() {
      if connection.state == .open { return connection }
    }
    dropFinishedWaiters()
    guard waiters.count < limits.waitersMax else { throw .overloaded }
    let waiter = ConnectionWaiter()
    let limit = Timer { [source] in waiter.end(.failure(source.openCount > 0 ? .overloaded : .unavailable)) }
    // Without a connection it is the outage's timer that counts. This one ends the wait if others connect meanwhile.
    let wait = source.openCount > 0 ? limits.wait : max(limits.wait, source.configuration.outageWait)
    source.loop.schedule(limit, after: wait)
    // What was lost while nobody needed it, and not missed since, says nothing about the server of now.
    if connecting == 0 && !outage.isScheduled { hasLost = false }
    expectOutage()
    waiters.append(waiter)
    grow()
    defer { limit.cancel() }
    return try await waiter.connection(on: source.loop)
  }

  /// Takes a connection back. One that is still busy, or inside a transaction, is brought into order first.
  func release(_ connection: Connection, rollingBack: Bool) {
    guard connection.state == .open else { return }
    if connection.isReadOnly { return connection.fail(.connectionLost, reason: "it refuses to write") }
    if connection.isQuiet && !rollingBack { return park(connection) }
    let recovery = ConnectionRecovery(connection, rollingBack: rollingBack, loop: source.loop)
    recovery.run { [weak self] in self?.park(connection) }
  }

  func close() {
    isClosed = true
    retry.cancel()
    outage.cancel()
    for connection in all.values { connection.fail(.connectionLost, reason: "closed by the program") }
    failWaiters()
  }

  /// Closes the unused connections. Those in use detect the failure themselves, because perhaps only one connection
  /// failed.
  private func giveUp(_ reason: String) {
    for connection in idle { connection.fail(.connectionLost, reason: reason) }
  }

  /// The server does not respond on another connection. Transactions between two statements notice it with the next
  /// statement.
  func failIfUnresponsive(for limit: Duration) {
    giveUp("the server does not respond")
    for connection in all.values where !connection.isQuiet { connection.failIfUnresponsive(for: limit) }
  }

  /// Waits are short while there is no connection at all. A pool that keeps none without need has to make one first: as
  /// long as no attempt has failed, and none was lost, nothing speaks for an outage.
  private func expectOutage(hasFailed: Bool = false) {
    guard source.openCount == 0, !isClosed else { return }
    let isFirstAttempt = limits.connectionsMin == 0 && backoff.failures == 0 && !hasFailed && !hasLost
    if outage.isScheduled && (isFirstAttempt || !isPatient) { return }
    isPatient = isFirstAttempt
    let wait = source.configuration.outageWait
    source.loop.schedule(outage, after: isFirstAttempt ? max(wait, source.connectTimeout) : wait)
  }

  private func failWaiters(_ error: PostgresError = .unavailable) {
    while let waiter = waiters.popFirst() { waiter.end(.failure(error)) }
  }

  private func park(_ connection: Connection) {
    guard connection.state == .open else { return }
    while let waiter = waiters.popFirst() {
      if waiter.end(.success(connection)) { return }
    }
    idle.append(connection)
  }

  private func dropFinishedWaiters() {
    while let oldest = waiters.first, oldest.isOver { _ = waiters.popFirst() }
  }

  private func grow() { grow(atLeast: waiters.count) }

  /// Makes connections for those that wait, as far as the limit goes; while the server is away, one at a time.
  private func grow(atLeast needed: Int) {
    if isClosed || retry.isScheduled { return }
    let limit = backoff.failures > 0 ? 1 : needed
    while connecting < limit && count < limits.connectionsMax {
      count += 1
      connecting += 1
      let connection = source.connect(
        kind,
        opened: { [unowned self] in opened($0) },
        closed: { [weak self] in self?.lost($0, wasOpen: $1, $2, $3) })
      all[ObjectIdentifier(connection)] = connection
    }
  }

  private func opened(_ connection: Connection) {
    connecting -= 1
    source.logOpening(kind, after: backoff)
    backoff.succeeded()
    hasLost = false
    park(connection)
    dropFinishedWaiters()
    grow()
  }

  private func lost(_ connection: Connection, wasOpen: Bool, _ error: PostgresError, _ reason: String) {
    count -= 1
    all[ObjectIdentifier(connection)] = nil
    idle.removeAll { $0 === connection }
    if wasOpen { hasLost = true }
    expectOutage(hasFailed: !wasOpen)
    if !wasOpen { connecting -= 1 }
    if isClosed { return }
    if !wasOpen || error == .connectionLost { source.logEnd(kind, wasOpen: wasOpen, reason, after: backoff) }
    if wasOpen { return grow() }
    if case .accessRefused = error, source.openCount == 0 { failWaiters(error) }
    dropFinishedWaiters()
    let delay = backoff.nextDelay(random: .random(in: 0..<1))
    if !waiters.isEmpty { source.loop.schedule(retry, after: delay) }
  }
}
