internal import EventLoop
package import Postgres
package import Protobuf

/// A unit of work: one transaction, who acts in it, and what it writes at its end. Confined to its loop.
///
/// It buffers events, entries of the audit log, jobs and the response to the request. They go to the server together
/// with COMMIT, in one round trip, however many modules took part. Operations that modules offer to one another are
/// functions that take it: `package func reserve(_ lines: …, in work: Work) async throws`.
///
/// It has one connection. Debug builds trap when its body takes another one: ask `work`, not `call.database`.
package final class Work: QueryRunner {
  /// The transaction itself.
  package let transaction: Transaction
  /// Who acts.
  package let origin: WorkOrigin
  /// When it began, by the clock that all servers share. An attempt after a deadlock has a time of its own.
  package let now: Instant
  /// The memory for messages that are made from rows.
  package let arena: Arena
  /// The `request_id` of its request, if it has one.
  package let requestID: ID?

  private let claim: RequestClaim?
  private var buffers = WorkBuffers()
  /// The kinds of the jobs that it enqueues.
  var jobKinds: Set<String> = []

  init(_ transaction: Transaction, as origin: WorkOrigin, in arena: Arena, at now: Instant, claim: RequestClaim?) {
    self.transaction = transaction
    self.origin = origin
    self.arena = arena
    self.now = now
    self.claim = claim
    requestID = claim?.key.id
  }

  /// The vault for secrets.
  /// - Throws: ``VaultError/notOpened`` where there is none.
  package var vault: Vault {
    get throws(VaultError) {
      guard let vault = origin.vault else { throw .notOpened }
      return vault
    }
  }

  // MARK: Statements

  /// Runs a query in the transaction and returns what the server answered.
  package nonisolated(nonsending) func run(
    _ query: Query, access: QueryAccess
  ) async throws(PostgresError) -> QueryResult {
    claim?.send(in: transaction)
    return try await transaction.run(query, access: access)
  }

  /// Sends a statement without waiting for its answer: see `Transaction.send`.
  @discardableResult
  package func send(_ query: Query) -> PendingAnswer {
    claim?.send(in: transaction)
    return transaction.send(query)
  }

  /// The first row as a message in the work's arena, or nil.
  package func first<M: Message>(_ type: M.Type, _ query: Query) async throws(PostgresError) -> M? {
    try await first(type, query, access: .write, in: arena)
  }

  /// All rows as messages in the work's arena.
  package func all<M: Message>(_ type: M.Type, _ query: Query) async throws(PostgresError) -> RepeatedField<M> {
    try await all(type, query, access: .write, in: arena)
  }

  /// Runs `body` inside a savepoint: when it throws, what it did and what it buffered are undone, and the work goes on.
  package func savepoint<R>(_ body: () async throws -> R) async throws -> R {
    claim?.send(in: transaction)
    let mark = buffers.mark
    do {
      return try await transaction.savepoint(body)
    } catch {
      buffers.truncate(to: mark)
      throw error
    }
  }

  // MARK: The end

  /// Writes a row at the end of the work, with the others of its kind.
  package func atCommit<Row>(_ kind: BufferedKind<Row>, _ row: Row) { buffers.append(row, kind) }

  /// Calls `step` on the loop once the work is committed: see `Transaction.afterCommit`.
  package func afterCommit(_ step: @escaping () -> Void) { transaction.afterCommit(step) }

  /// Sends what is buffered, for COMMIT to follow at once.
  func flush() throws {
    claim?.send(in: transaction)
    if !jobKinds.isEmpty { Jobs.wake(jobKinds, in: transaction) }
    for statement in try buffers.statements() { transaction.send(statement) }
    if buffers.holds(.events) { transaction.afterCommit { [loop = transaction.loop] in loop.eventsCommitted() } }
  }
}
