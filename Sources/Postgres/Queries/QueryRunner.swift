/// The access that a query needs, which decides on whose connections it runs.
public enum QueryAccess: Sendable {
  /// Reading alone: it shares a connection with other reads, and the server refuses it any change.
  case read
  /// Reading that may take long: a report, an export. It has a connection of its own, apart from those of other reads
  /// and of writes, more time, and runs on the replica where there is one: it may not see the newest changes.
  case longRead
  /// Changing, on a connection of its own. Inside a transaction there is no difference.
  case write
}

/// Runs queries: a ``Database``, each query for itself, or a ``Transaction``.
public protocol QueryRunner: AnyObject {
  /// Runs a query and returns what the server answered; the other functions make something of it.
  nonisolated(nonsending) func run(_ query: Query, access: QueryAccess) async throws(PostgresError) -> QueryResult
}

/// The server's result of a query, in libpq's memory.
public struct QueryResult {
  let result: ServerResult
  let statement: Statement
}

extension QueryRunner {
  /// The query's rows, for the program's own use.
  public nonisolated(nonsending) func rows(_ query: Query, access: QueryAccess = .read) async throws(PostgresError)
    -> Rows
  {
    Rows(try await run(query, access: access).result)
  }

  /// Carries out a change.
  /// - Returns: how many rows it affected.
  @discardableResult
  public nonisolated(nonsending) func execute(_ query: Query) async throws(PostgresError) -> Int {
    try await run(query, access: .write).result.affectedRows
  }
}
