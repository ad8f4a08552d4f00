internal import EventLoop
internal import Logging

/// A pool of connections, each used by one writer at a time, opened on demand.
final class WriterPool {
  private let source: ConnectionSource
  private var idle: [Connection] = []
  private var waiters = Queue<WriterWaiter>()
  /// Connections that exist or are being made.
  private var count = 0
  private var connecting = 0
  private var backoff = Backoff()
  private var all: [ObjectIdentifier: Connection] = [:]
  private var isClosed = false
  private lazy var retry = Timer { [unowned self] in grow() }
  private lazy var outage = Timer { [unowned self] in
    if source.openCount == 0 { failWaiters() }
  }

  init(source: ConnectionSource) {
    self.source = source
    source.onReached { [weak self] in
      if let self, retry.isScheduled { source.loop.schedule(retry, after: .zero) }
    }
    source.onUnresponsive { [weak self] in self?.giveUp("the server does not respond") }
    source.onReadOnly { [weak self] in self?.giveUp("looking for the primary server") }
    grow(atLeast: 1)
  }

  /// The numbers of connections in use, idle, and waited for.
  var statistics: DatabaseStatistics {
    var statistics = DatabaseStatistics()
    statistics.writersIdle = idle.count
    statistics.writersInUse = max(0, count - connecting - idle.count)
    statistics.writersWaiting = waiters.count
    return statistics
  }

  /// A connection for the caller alone, to be given back with ``release(_:rollingBack:)``.
  nonisolated(nonsending) func acquire() async throws(PostgresError) -> Connection {
    if isClosed { throw .unavailable }
    while let connection = idle.popLast() {
      if connection.state == .open { return connection }
    }
    dropFinishedWaiters()
    guard waiters.count < source.configuration.writersWaitingMax else { throw .overloaded }
    let waiter = WriterWaiter()
    let limit = Timer { [unowned self] in
      if source.openCount > 0 { waiter.end(.failure(.overloaded)) }  // else it is the outage's timer that counts
    }
    source.loop.schedule(limit, after: source.configuration.writerWait)
    expectOutage()
    waiters.append(waiter)
    grow()
    let result = await waiter.wait(on: source.loop)
    limit.cancel()
    return try result.get()
  }

  /// Takes a connection back. One that is still busy, or inside a transaction, is brought into order first.
  func release(_ connection: Connection, rollingBack: Bool) {
    guard connection.state == .open else { return }
    if connection.isReadOnly { return connection.fail(.connectionLost, reason: "it refuses to write") }
    if connection.isQuiet && !rollingBack { return park(connection) }
    let recovery = WriterRecovery(connection, rollingBack: rollingBack, loop: source.loop)
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

  /// The server is silent on another connection. Transactions between two statements notice it with the next statement.
  func doubt(longerThan limit: Duration) {
    giveUp("the server does not respond")
    for connection in all.values where !connection.isQuiet { connection.doubt(longerThan: limit) }
  }

  /// Waits are short while there is no connection at all.
  private func expectOutage() {
    guard source.openCount == 0, !outage.isScheduled, !isClosed else { return }
    source.loop.schedule(outage, after: source.configuration.outageWait)
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
    while connecting < limit && count < source.configuration.writeConnections {
      count += 1
      connecting += 1
      let connection = source.connect(
        shared: false, asking: false,
        opened: { [unowned self] in opened($0) },
        closed: { [weak self] in self?.lost($0, wasOpen: $1, $2, $3) })
      all[ObjectIdentifier(connection)] = connection
    }
  }

  private func opened(_ connection: Connection) {
    connecting -= 1
    backoff.succeeded()
    park(connection)
    dropFinishedWaiters()
    grow()
  }

  private func lost(_ connection: Connection, wasOpen: Bool, _ error: PostgresError, _ reason: String) {
    count -= 1
    all[ObjectIdentifier(connection)] = nil
    idle.removeAll { $0 === connection }
    expectOutage()
    if wasOpen { return grow() }
    connecting -= 1
    if isClosed { return }
    source.log.debug("no write connection to Postgres", metadata: ["reason": "\(reason)"])
    if case .accessRefused = error, source.openCount == 0 { failWaiters(error) }
    dropFinishedWaiters()
    let delay = backoff.nextDelay(random: .random(in: 0..<1))
    if !waiters.isEmpty { source.loop.schedule(retry, after: delay) }
  }
}
