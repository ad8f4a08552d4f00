internal import CPQ
internal import EventLoop

/// A connection of its own for scripts of several statements. It is closed afterwards, which undoes its settings, locks
/// and open transaction.
final class SimpleQuerySession {
  private let database: Database
  private let connection: Connection

  init(_ database: Database) async throws(PostgresError) {
    self.database = database
    connection = try await database.writers.acquire()
    let connection = connection
    await withUnsafeContinuation { continuation in connection.whenQuiet { continuation.resume() } }
  }

  func close() { connection.fail(.queryCancelled, reason: "no longer needed") }

  /// Whether the last text left a transaction open that has not failed.
  var isInTransaction: Bool {
    connection.state == .open && PQtransactionStatus(connection.handle) == PQTRANS_INTRANS
  }

  /// Runs a text of the program's own.
  func run(_ sql: String) async throws(PostgresError) {
    _ = try await SimpleQueryExchange(sql, on: connection).result()
  }

  /// Runs one statement with values.
  func rows(_ query: Query) async throws(PostgresError) -> Rows {
    let statement = database.source.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: false)
    let outcome = await request.run(on: database.loop) {
      connection.submit(request)
      connection.sync()
    }
    return Rows(try outcome.get())
  }
}

extension Database {
  /// Runs a text of any number of statements on a connection of its own, outside of a transaction.
  package func runScript(_ sql: String) async throws(PostgresError) {
    let session = try await SimpleQuerySession(self)
    defer { session.close() }
    try await session.run(sql)
  }
}
