internal import EventLoop

/// A query in progress whose rows are taken one by one. Confined to its loop.
final class RowCursor {
  private enum State {
    case fresh
    case open(Connection, RowExchange)
    case over
  }

  private let database: Database
  private let query: Query
  private let limit: Duration
  private var state = State.fresh

  init(_ database: Database, _ query: Query, within limit: Duration) {
    self.database = database
    self.query = query
    self.limit = limit
  }

  deinit {
    guard case .open(let connection, let exchange) = state else { return }
    let bound = LoopBound((database, connection, exchange), on: database.loop)
    if database.loop.isCurrent {
      Self.giveUp(bound)
    } else {
      database.loop.execute { Self.giveUp(bound) }
    }
  }

  func next() async throws(PostgresError) -> ServerResult? {
    let connection: Connection
    let exchange: RowExchange
    switch state {
    case .over: return nil
    case .open(let opened, let running): (connection, exchange) = (opened, running)
    case .fresh:
      state = .over
      (connection, exchange) = try await begin()
      state = .open(connection, exchange)
    }
    do throws(PostgresError) {
      if let row = try await exchange.next() { return row }
    } catch {
      state = .over
      Self.giveUp(LoopBound((database, connection, exchange), on: database.loop))
      throw error
    }
    state = .over
    database.endLongRead(connection, isCommitted: await commit(connection))
    return nil
  }

  private func begin() async throws(PostgresError) -> (Connection, RowExchange) {
    let connection = try await database.beginLongRead(within: limit)
    do throws(PostgresError) {
      let exchange = try RowExchange(
        query, on: connection, parameters: Parameters(),
        waitMax: limit + database.source.configuration.silenceMax)
      return (connection, exchange)
    } catch {
      database.endLongRead(connection, isCommitted: false)
      throw error
    }
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

  private static func giveUp(_ bound: LoopBound<(Database, Connection, RowExchange)>) {
    let (database, connection, exchange) = bound.value
    exchange.abandon()
    database.endLongRead(connection, isCommitted: false)
  }
}

// MARK: The connection

extension Database {
  /// A connection of the caller's own, inside a transaction that reads one snapshot for at most `limit`.
  func beginLongRead(within limit: Duration) async throws(PostgresError) -> Connection {
    let connection = try await writers.acquire()
    let limitMs = max(1, limit.nanoseconds / 1_000_000)
    let requests = [
      Request("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", statement: nil, mayRepeat: false),
      Request(
        "SELECT set_config('statement_timeout', \(String(limitMs)), true)", statement: nil, mayRepeat: false),
    ]
    let last = requests[1]
    let outcome = await last.run(on: loop) {
      for request in requests { connection.submit(request) }
      connection.sync()
    }
    guard case .failure(let error) = outcome else {
      await withUnsafeContinuation { continuation in connection.whenQuiet { continuation.resume() } }
      return connection
    }
    endLongRead(connection, isCommitted: false)
    throw error
  }

  /// Takes the connection back; what still runs on it is cancelled and rolled back.
  func endLongRead(_ connection: Connection, isCommitted: Bool) {
    writers.release(connection, rollingBack: !isCommitted)
  }
}
