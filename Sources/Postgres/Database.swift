public import EventLoop
internal import Logging

/// The database for one loop, with connections of its own. Confined to its loop.
///
/// Reads use a few pipelined connections. The reads of one turn of the loop are sent together and share one Sync. The
/// server's read-only mode keeps them from writing. A write has a connection to itself; a transaction has one for its
/// whole length. Lost connections reconnect by themselves. Until then queries fail with ``PostgresError/unavailable``
/// within ``DatabaseConfiguration/outageWait``.
///
/// A cancelled task returns at once with ``PostgresError/queryCancelled``.
public final class Database: QueryRunner {
  /// Reads move to another connection when so many wait for theirs: the server answers one connection on one core.
  private static let readerDepth = 32
  /// Reads move to another connection when theirs has not answered for so long.
  private static let sluggishNs: Int64 = 5_000_000

  /// The loop that it belongs to.
  public let loop: EventLoop
  let source: ConnectionSource
  private let readers: [ReadConnection]
  let writers: WriterPool
  private var readerToRenew = 0

  /// Begins to connect, without waiting for it. Only on `loop`.
  /// - Throws: ``PostgresError/other(sqlstate:message:)`` when the URL is no connection string.
  public init(loop: EventLoop, configuration: DatabaseConfiguration) throws(PostgresError) {
    precondition(loop.isCurrent, "a database is made on its loop")
    self.loop = loop
    let target = try ConnectTarget(url: configuration.url, applicationName: configuration.applicationName)
    let source = ConnectionSource(loop: loop, configuration: configuration, target: target)
    self.source = source
    readers = (0..<max(1, configuration.readConnections)).map { _ in ReadConnection(source: source) }
    writers = WriterPool(source: source)
    if target.wantsPrimary { source.onReadOnly { [weak self] in self?.renewReader() } }
  }

  /// One connection at a time, so that reads continue: the server may be a primary that was made read-only.
  private func renewReader() {
    readers[readerToRenew % readers.count].connectAnew()
    readerToRenew &+= 1
  }

  deinit {
    let open = LoopBound((readers, writers, source), on: loop)
    loop.execute {
      for reader in open.value.0 { reader.close() }
      open.value.1.close()
    }
  }

  /// Closes the connections; what is under way on them fails with ``PostgresError/connectionLost``. Only on the loop.
  public func close() {
    for reader in readers { reader.close() }
    writers.close()
  }

  /// Whether reads find a connection now.
  public var isAvailable: Bool { readers.contains { $0.isOpen } }

  /// Closes all idle connections to a server that fell silent elsewhere; if it is alive, they are connected again at
  /// once. Only on the loop.
  public func serverBecameUnresponsive() {
    let limit = source.configuration.probeSilenceMax
    for reader in readers { reader.doubt(longerThan: limit) }
    writers.doubt(longerThan: limit)
  }

  /// Reads under way or waiting.
  var readsWaiting: Int { readers.reduce(0) { $0 + $1.load } }

  /// Connections for reads that are open now. For tests.
  package var openReadConnections: Int { readers.count { $0.isOpen } }

  /// Runs a query and returns what the server answered.
  public nonisolated(nonsending) func run(_ query: Query, access: QueryAccess) async throws(PostgresError)
    -> QueryResult
  {
    checkSoleConnection()
    let statement = source.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: true)
    if access == .write { return try await write(request, statement) }
    let reader = try reader(for: request)
    let outcome = await request.run(on: loop) { reader.submit(request) }
    return QueryResult(result: try outcome.get(), statement: statement)
  }

  private nonisolated(nonsending) func write(_ request: Request, _ statement: Statement) async throws(PostgresError)
    -> QueryResult
  {
    let connection = try await writers.acquire()
    let outcome = await request.run(on: loop) {
      connection.submit(request)
      connection.sync()
    }
    writers.release(connection, rollingBack: false)
    if request.attempts > 0, case .failure(.connectionLost) = outcome { throw .outcomeUnknown }
    return QueryResult(result: try outcome.get(), statement: statement)
  }

  /// The first connection that flows; if none does, the least loaded one.
  private func reader(for request: Request) throws(PostgresError) -> ReadConnection {
    var queries = 0
    var bytes = request.bytes
    var best = readers[0]
    var isFluent = false
    for reader in readers {
      queries += reader.load
      bytes += reader.bytes
      if isFluent { continue }
      if reader.load < Self.readerDepth && reader.isFluent(within: Self.sluggishNs) {
        best = reader
        isFluent = true
      } else if reader.load < best.load || (!best.isOpen && reader.isOpen) {
        best = reader
      }
    }
    guard queries < source.configuration.queriesMax, bytes <= source.configuration.queryBytesMax else {
      throw .overloaded
    }
    return best
  }
}
