internal import EventLoop
public import Protobuf

/// The answer to a statement that was sent without waiting for it, by ``Transaction/send(_:)``.
///
/// Nobody has to ask for it: a failed statement fails the transaction in any case.
public struct PendingAnswer {
  private let request: Request
  private let statement: Statement
  private let transaction: Transaction

  init(_ request: Request, _ statement: Statement, of transaction: Transaction) {
    self.request = request
    self.statement = statement
    self.transaction = transaction
  }

  /// The error that the statement has failed with so far; nil while its answer is not there.
  public var failure: PostgresError? {
    if case .failure(let error)? = request.outcome { error } else { nil }
  }

  /// Waits for the answer.
  public nonisolated(nonsending) func result() async throws(PostgresError) -> QueryResult {
    let outcome = await request.run(on: transaction.loop) { transaction.connection.sync() }
    return QueryResult(result: try outcome.get(), statement: statement)
  }

  /// Waits for the answer.
  /// - Returns: how many rows the statement affected.
  @discardableResult
  public nonisolated(nonsending) func affectedRows() async throws(PostgresError) -> Int {
    try await result().result.affectedRows
  }

  /// Waits for the answer, and returns its rows for the program's own use.
  public nonisolated(nonsending) func rows() async throws(PostgresError) -> Rows { Rows(try await result().result) }

  /// Waits for the answer, and returns its first row as a message, or nil if there is none.
  public nonisolated(nonsending) func first<M: Message>(
    _ type: M.Type, in arena: Arena
  ) async throws(PostgresError) -> M? {
    try await result().first(type, in: arena)
  }

  /// Waits for the answer, and returns its rows as messages.
  public nonisolated(nonsending) func all<M: Message>(
    _ type: M.Type, in arena: Arena
  ) async throws(PostgresError) -> RepeatedField<M> {
    try await result().all(type, in: arena)
  }
}
