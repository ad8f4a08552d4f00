public import EventLoop
internal import Logging

/// The database for one loop, with connections of its own. Confined to its loop.
///
/// Three classes of queries never wait for one another. Reads use a few pipelined connections: the reads of one turn of
/// the loop are sent together and share one Sync, and the server's read-only mode keeps them from writing. A write has
/// a connection to itself; a transaction has one for its whole length. Long reads have connections of their own, to the
/// replica where there is one. Lost connections reconnect by themselves. Until then queries fail with
/// ``PostgresError/unavailable`` within ``DatabaseConfiguration/outageWait``.
///
/// A cancelled task returns at once with ``PostgresError/queryCancelled``, and its query is cancelled on the server.
public final class Database: QueryRunner {
  /// The loop that it belongs to.
  public let loop: EventLoop
  let source: ConnectionSource
  /// The source of ``longReads``: the replica's, or ``source``.
  private let longReadSource: ConnectionSource
  let reads: ReadPool
  let writers: ConnectionPool
  let longReads: ConnectionPool

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
  }

  deinit {
    let open = LoopBound((reads, writers, longReads, sources), on: loop)
    loop.execute {
      open.value.0.close()
      open.value.1.close()
      open.value.2.close()
    }
  }

  /// The sources of its connections: one, or two with a replica.
  var sources: [ConnectionSource] { longReadSource === source ? [source] : [source, longReadSource] }

  /// Closes the connections; what is under way on them fails with ``PostgresError/connectionLost``. Only on the loop.
  public func close() {
    reads.close()
    writers.close()
    longReads.close()
  }

  /// Whether reads find a connection now.
  public var isAvailable: Bool { reads.isAvailable }

  /// Closes all idle connections to a server that fell silent elsewhere; if it is alive, they are connected again at
  /// once. Only on the loop.
  public func serverBecameUnresponsive() {
    let limit = source.configuration.probeSilenceMax
    reads.doubt(longerThan: limit)
    writers.doubt(longerThan: limit)
    if longReadSource === source { longReads.doubt(longerThan: limit) }
  }

  /// Connections for reads that are open now. For tests.
  package var openReadConnections: Int { reads.openCount }

  /// Runs a query and returns what the server answered.
  public nonisolated(nonsending) func run(_ query: Query, access: QueryAccess) async throws(PostgresError)
    -> QueryResult
  {
    checkSoleConnection()
    if access == .write { return try await change(query) }
    let source = access == .longRead ? longReadSource : source
    let statement = source.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: true)
    if access == .longRead {
      return QueryResult(result: try await run(request, from: longReads).get(), statement: statement)
    }
    let reader = try reads.reader(for: request)
    let outcome = await request.run(on: loop) { reads.submit(request, to: reader) }
    return QueryResult(result: try outcome.get(), statement: statement)
  }

  /// A change of one statement is a transaction, too.
  private nonisolated(nonsending) func change(_ query: Query) async throws(PostgresError) -> QueryResult {
    var attempts = ConflictRetries(left: ConflictRetries.usual)
    while true {
      do throws(PostgresError) {
        let statement = source.statements.statement(for: query)
        let request = Request(query, statement: statement, mayRepeat: true)
        let outcome = try await run(request, from: writers)
        if request.attempts > 0, case .failure(.connectionLost) = outcome { throw .outcomeUnknown }
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
