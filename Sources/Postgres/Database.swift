public import EventLoop
internal import Logging

/// The database for one loop, with connections of its own. Confined to its loop.
///
/// Three classes of queries never wait for one another. Reads use a few pipelined connections: the reads of one turn of
/// the loop are sent together and share one Sync, and the server's read-only mode keeps them from writing. A write has
/// a connection to itself; a transaction has one for its whole length. Long reads and streams have connections of their
/// own: queries with ``QueryAccess/longRead`` to the replica where there is one, streams to the server that their
/// caller names. Lost connections reconnect by themselves. Until then queries fail with ``PostgresError/unavailable``
/// within ``DatabaseConfiguration/outageWait``.
///
/// The query of a cancelled task is cancelled on the server. The task returns at once, with
/// ``PostgresError/queryCancelled``, or with ``PostgresError/outcomeUnknown`` when a change may have been made.
public final class Database: QueryRunner {
  /// The loop that it belongs to.
  public let loop: EventLoop
  let source: ConnectionSource
  /// The source of ``longReads``: the replica's, or ``source``.
  private let longReadSource: ConnectionSource
  let reads: ReadPool
  let writers: ConnectionPool
  let longReads: ConnectionPool
  /// Long reads that see all changes; the same as ``longReads`` without a replica.
  let primaryLongReads: ConnectionPool

  /// Begins to connect, without waiting for it. Only on `loop`.
  /// - Throws: ``PostgresError/other(sqlstate:message:)`` when a URL is no connection string.
  public init(loop: EventLoop, configuration: DatabaseConfiguration) throws(PostgresError) {
    precondition(loop.isCurrent, "a database is made on its loop")
    self.loop = loop
    let target = try ConnectTarget(url: configuration.url, applicationName: configuration.applicationName)
    let source = ConnectionSource(loop: loop, configuration: configuration, target: target)
    self.source = source
    longReadSource =
      try configuration.replicaURL.map { url throws(PostgresError) in
        let replica = try ConnectTarget(replica: url, applicationName: configuration.applicationName)
        return ConnectionSource(loop: loop, configuration: configuration, target: replica)
      } ?? source
    reads = ReadPool(source: source)
    writers = ConnectionPool(.writes, configuration.writeLimits, source: source)
    longReads = ConnectionPool(.longReads, configuration.longReadLimits, source: longReadSource)
    primaryLongReads =
      longReadSource === source
      ? longReads : ConnectionPool(.longReads, configuration.longReadLimits, source: source)
  }

  deinit {
    let open = LoopBound((reads, pools, sources), on: loop)
    loop.execute {
      open.value.0.close()
      for pool in open.value.1 { pool.close() }
    }
  }

  private var pools: [ConnectionPool] { [writers] + longReadPools }

  /// One, or two with a replica.
  var longReadPools: [ConnectionPool] {
    longReads === primaryLongReads ? [longReads] : [longReads, primaryLongReads]
  }

  /// The sources of its connections: one, or two with a replica.
  var sources: [ConnectionSource] { longReadSource === source ? [source] : [source, longReadSource] }

  /// Closes the connections; what is under way on them fails with ``PostgresError/connectionLost``. Only on the loop.
  public func close() {
    reads.close()
    for pool in pools { pool.close() }
  }

  /// Whether reads find a connection now.
  public var isAvailable: Bool { reads.isAvailable }

  /// Closes all idle connections to a server that does not respond elsewhere; if it is alive, they are connected again
  /// at once. Only on the loop.
  public func serverBecameUnresponsive() {
    let limit = source.configuration.probeUnresponsiveAfter
    reads.failIfUnresponsive(for: limit)
    writers.failIfUnresponsive(for: limit)
    primaryLongReads.failIfUnresponsive(for: limit)
  }

  /// Connections for reads that are open now. For tests.
  package var openReadConnections: Int { reads.openCount }

  /// Runs a query and returns what the server answered.
  public nonisolated(nonsending) func run(_ query: Query, access: QueryAccess) async throws(PostgresError)
    -> QueryResult
  {
    checkSoleConnection()
    if access == .write { return try await change(query) }
    if access == .longRead { return try await readLong(query) }
    let (request, statement, reader) = try interactiveRead(query)
    let outcome = await request.run(on: loop) { reads.submit(request, to: reader) }
    return QueryResult(result: try outcome.get(), statement: statement)
  }

  // Not inlined into `run`, whose frame every read takes memory for.

  @inline(never)
  private func interactiveRead(_ query: Query) throws(PostgresError) -> (Request, Statement, ReadConnection) {
    let statement = source.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: true)
    return (request, statement, try reads.reader(for: request))
  }

  @inline(never)
  private nonisolated(nonsending) func readLong(_ query: Query) async throws(PostgresError) -> QueryResult {
    let statement = longReadSource.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: true)
    return QueryResult(result: try await run(request, from: longReads).get(), statement: statement)
  }

  /// A change of one statement is a transaction, too.
  @inline(never)
  private nonisolated(nonsending) func change(_ query: Query) async throws(PostgresError) -> QueryResult {
    var attempts = ConflictRetries(left: ConflictRetries.usual)
    while true {
      do throws(PostgresError) {
        let statement = source.statements.statement(for: query)
        let request = Request(query, statement: statement, mayRepeat: true)
        let outcome = try await run(request, from: writers)
        if request.isOutcomeUnknown { throw .outcomeUnknown }
        return QueryResult(result: try outcome.get(), statement: statement)
      } catch {
        try await attempts.pause(after: error, on: self)
      }
    }
  }

  private nonisolated(nonsending) func run(
    _ request: Request, from pool: ConnectionPool
  ) async throws(PostgresError) -> Result<ServerResult, PostgresError> {
    let connection = try await pool.acquire()
    let outcome = await request.run(on: loop) {
      connection.submit(request)
      connection.sync()
    }
    pool.release(connection, rollingBack: false)
    return outcome
  }
}

extension DatabaseConfiguration {
  fileprivate var writeLimits: ConnectionPool.Limits {
    ConnectionPool.Limits(
      connectionsMax: writeConnections, waitersMax: writersWaitingMax, wait: writerWait, connectionsMin: 1)
  }

  fileprivate var longReadLimits: ConnectionPool.Limits {
    ConnectionPool.Limits(
      connectionsMax: longReadConnections, waitersMax: longReadsWaitingMax, wait: longReadWait, connectionsMin: 0)
  }
}
