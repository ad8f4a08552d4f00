internal import EventLoop

/// A query in progress whose rows are taken one by one. Confined to its loop.
final class RowCursor {
  private enum State {
    case fresh
    case open(Connection, RowExchange)
    case over
  }

  private let database: Database
  private let pool: ConnectionPool
  private let query: Query
  private let limit: Duration
  private var state = State.fresh
  /// Whether a task waits for a row.
  private var isTaking = false
  private var isOverdue = false
  /// The server ends the query in time, but not while it waits for somebody who takes rows.
  private lazy var overdue = Timer { [weak self] in self?.limitReached() }
  /// A server that is alive has ended the query by then: however many rows came before, the wait ends with it.
  private lazy var unresponsive = Timer { [weak self] in self?.hasNotEnded() }

  init(_ database: Database, _ query: Query, from server: StreamServer, within limit: Duration) {
    self.database = database
    pool = database.longReads(from: server)
    self.query = query
    self.limit = limit
  }

  deinit {
    guard case .open(let connection, let exchange) = state else { return }
    let bound = LoopBound((pool, connection, exchange, [overdue, unresponsive]), on: database.loop)
    database.loop.onLoop {
      for timer in bound.value.3 { timer.cancel() }
      Self.giveUp(bound.value.0, bound.value.1, bound.value.2)
    }
  }

  func next() async throws(PostgresError) -> ServerResult? {
    let connection: Connection
    let exchange: RowExchange
    switch state {
    case .over:
      if !isOverdue { return nil }
      isOverdue = false
      throw .statementTimeout
    case .open(let opened, let running): (connection, exchange) = (opened, running)
    case .fresh:
      state = .over
      (connection, exchange) = try await begin()
      state = .open(connection, exchange)
      database.loop.schedule(overdue, after: limit)
      database.loop.schedule(unresponsive, after: limit + database.source.configuration.unresponsiveAfter)
    }
    do throws(PostgresError) {
      isTaking = true
      defer { isTaking = false }
      if let row = try await exchange.next() {
        if isOverdue { throw .statementTimeout }
        return row
      }
      stopTimers()
      isOverdue = false
    } catch {
      stopTimers()
      (state, isOverdue) = (.over, false)
      Self.giveUp(pool, connection, exchange)
      throw error
    }
    state = .over
    pool.release(connection, rollingBack: !(await commit(connection)))
    return nil
  }

  /// Nobody takes rows. Who waits for one, the server answers.
  private func limitReached() {
    isOverdue = true
    guard !isTaking, case .open(let connection, let exchange) = state else { return }
    state = .over
    unresponsive.cancel()
    Self.giveUp(pool, connection, exchange)
  }

  /// Somebody still waits for a row.
  private func hasNotEnded() {
    guard isTaking, case .open(let connection, _) = state else { return }
    connection.becameUnresponsive()
  }

  private func stopTimers() {
    overdue.cancel()
    unresponsive.cancel()
  }

  private func begin() async throws(PostgresError) -> (Connection, RowExchange) {
    database.checkSoleConnection()
    let connection = try await pool.acquire()
    do throws(PostgresError) {
      try await beginTransaction(connection)
      return (connection, try RowExchange(query, on: connection, parameters: Parameters()))
    } catch {
      pool.release(connection, rollingBack: true)
      throw error
    }
  }

  /// Lets the connection be in a transaction that reads one snapshot for at most `limit`, and quiet.
  private func beginTransaction(_ connection: Connection) async throws(PostgresError) {
    let limitMs = max(1, limit.nanoseconds / 1_000_000)
    let begin = Request("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", statement: nil, mayRepeat: false)
    let setting = Request(
      "SELECT set_config('statement_timeout', \(String(limitMs)), true)", statement: nil, mayRepeat: false)
    let outcome = await setting.run(on: database.loop) {
      connection.submit(begin)
      connection.submit(setting)
      connection.sync()
    }
    _ = try outcome.get()
    await withUnsafeContinuation { continuation in connection.whenQuiet { continuation.resume() } }
  }

  /// Nothing was changed: the transaction only ends.
  private func commit(_ connection: Connection) async -> Bool {
    let request = Request("COMMIT", statement: nil, mayRepeat: false)
    let outcome = await request.run(on: database.loop) {
      connection.submit(request)
      connection.sync()
    }
    if case .success = outcome { return true } else { return false }
  }

  /// What still runs is cancelled and rolled back.
  private static func giveUp(_ pool: ConnectionPool, _ connection: Connection, _ exchange: RowExchange) {
    exchange.abandon()
    pool.release(connection, rollingBack: true)
  }
}
