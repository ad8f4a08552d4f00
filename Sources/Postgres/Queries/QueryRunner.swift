/// What a query is allowed to do.
public enum QueryAccess: Sendable {
  /// Reading alone: it shares a connection with other reads, and the server refuses it any change.
  case read
  /// Changing, on a connection of its own. Inside a transaction there is no difference.
  case write
}

/// What runs queries: a ``Database``, each for itself, or a ``Transaction``.
public protocol QueryRunner: AnyObject {
  /// Runs a query and returns what the server answered; the other functions make something of it.
  nonisolated(nonsending) func run(_ query: Query, access: QueryAccess) async throws(PostgresError) -> QueryResult
}

/// The server's answer to a query, in libpq's memory.
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
