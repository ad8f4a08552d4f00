public import EventLoop

/// The isolation level of a transaction.
public enum IsolationLevel: Sendable {
  /// Each statement sees what was committed before it began.
  case readCommitted
  /// All statements see one state.
  case repeatableRead
  /// As if transactions ran one after the other; some fail with ``PostgresError/serializationFailure``.
  case serializable

  var begin: Query {
    switch self {
    case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
    case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
    case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
    }
  }
}

/// A transaction with a connection of its own. Made by ``Database/transaction(isolation:retries:_:)``.
public final class Transaction: QueryRunner {
  private enum State { case fresh, begun, over }

  private let source: ConnectionSource
  let connection: Connection
  private let isolation: IsolationLevel
  private var state = State.fresh
  private var work: [() -> Void] = []
  /// What the first statement failed with, also when it never reached the server: there is no COMMIT after it.
  private(set) var failure: PostgresError?
  /// The segments of the connection before the transaction.
  private let segmentsBefore: Int

  init(source: ConnectionSource, connection: Connection, isolation: IsolationLevel) {
    self.source = source
    self.connection = connection
    self.isolation = isolation
    segmentsBefore = connection.segmentsSent
  }

  /// The loop that it belongs to.
  public var loop: EventLoop { source.loop }

  /// The round trips to the server so far, including that of COMMIT or ROLLBACK.
  package var roundTrips: Int { connection.segmentsSent - segmentsBefore }

  /// Runs a query inside the transaction and returns what the server answered.
  public nonisolated(nonsending) func run(_ query: Query, access: QueryAccess) async throws(PostgresError)
    -> QueryResult
  {
    guard state != .over else {
      throw .other(sqlstate: SQLState.noActiveTransaction, message: "the transaction is over")
    }
    let statement = source.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: false)
    let outcome = await request.run(on: source.loop) {
      submit(request)
      connection.sync()
    }
    if case .failure(let error) = outcome { failed(error) }
    return QueryResult(result: try outcome.get(), statement: statement)
  }

  /// A statement has failed, and with it the transaction, or what was done since the last savepoint.
  func failed(_ error: PostgresError) {
    if failure == nil { failure = error }
  }

  /// Sends a statement without waiting for its answer. It travels with the next statement that waits, or with COMMIT;
  /// at the latest, at the end of the loop's turn. So statements that do not need one another's answers take one round
  /// trip. When one fails, the server skips those that travel behind it, and they fail with the same error.
  @discardableResult
  public func send(_ query: Query) -> PendingAnswer {
    let statement = source.statements.statement(for: query)
    let request = Request(query, statement: statement, mayRepeat: false)
    if state == .over {
      request.end(.failure(.other(sqlstate: SQLState.noActiveTransaction, message: "the transaction is over")))
    } else {
      submit(request)
      request.whenEnded { [self] in
        if case .failure(let error)? = request.outcome { failed(error) }
      }
    }
    return PendingAnswer(request, statement, of: self)
  }

  /// Calls `work` on the loop once the transaction is committed. It is not called after a rollback, or when the
  /// connection broke before COMMIT was answered. So it suits work that others also do later, such as waking a task.
  public func afterCommit(_ work: @escaping () -> Void) { self.work.append(work) }

  /// The transaction is committed.
  func committed() {
    for step in work { step() }
    work = []
  }

  /// BEGIN travels with the first statement.
  private func submit(_ request: Request) {
    if state == .fresh {
      state = .begun
      connection.submit(prepared(isolation.begin))
    }
    connection.submit(request)
  }

  /// Whether everything that was sent has been answered.
  var isQuiet: Bool { connection.isQuiet }

  /// Lets the statements that follow not depend on those that were sent.
  func endSegment() { connection.sync() }

  /// What a savepoint returns to.
  var mark: Mark { Mark(steps: work.count, failure: failure) }

  /// What happened since `mark` is undone.
  func returned(to mark: Mark) {
    work.removeLast(work.count - mark.steps)
    failure = mark.failure
  }

  /// A state of the transaction, as far as it is kept here.
  struct Mark {
    fileprivate let steps: Int
    fileprivate let failure: PostgresError?
  }

  /// Makes sure that the server is inside the transaction, and quiet.
  func begin() async throws(PostgresError) {
    guard state != .over else {
      throw .other(sqlstate: SQLState.noActiveTransaction, message: "the transaction is over")
    }
    if state == .begun && connection.isQuiet { return }
    // A statement that does nothing, as the last: when it is answered, everything is.
    _ = try await run("SELECT", access: .read)
  }

  private func prepared(_ query: Query) -> Request {
    Request(query, statement: source.statements.statement(for: query), mayRepeat: false)
  }

  /// - Throws: what the first statement failed with, even if `body` passed over it; else what COMMIT failed with.
  func commit() async throws(PostgresError) {
    guard end() else { return }
    if let failure { throw failure }
    let commit = await finish("COMMIT")
    if commit.isOutcomeUnknown { throw .outcomeUnknown }
    if let failure { throw failure }  // of one that was sent together with COMMIT
    guard try commit.result.get().commandTag == "COMMIT" else {
      throw .other(sqlstate: SQLState.failedTransaction, message: "a statement had failed: rolled back")
    }
  }

  /// - Returns: whether the connection is out of the transaction.
  func rollBack() async -> Bool {
    guard end() else { return true }
    connection.sync()  // a statement that fails must not make the server skip this one
    guard case .success = await finish(Self.rollback).result else { return false }
    return true
  }

  /// - Returns: whether the server is inside the transaction, so that it has to be told.
  private func end() -> Bool {
    defer { state = .over }
    return state == .begun
  }

  /// Not prepared: a failed transaction can neither prepare statements nor deallocate them.
  private static var rollback: Query { ("ROLLBACK" as Query).unprepared }

  private func finish(_ query: Query) async -> Request {
    let request = prepared(query)
    _ = await request.run(on: source.loop) {
      connection.submit(request)
      connection.sync()
    }
    return request
  }
}

extension Database {
  /// Runs `body` in a transaction, on its own connection: committed when `body` returns, rolled back when it throws.
  ///
  /// After a conflict with other transactions, `body` is run again from its start, in a new transaction: its effects
  /// outside of the database must bear that. A transaction should wait for nothing but the database.
  /// - Parameters:
  ///   - isolation: the isolation level.
  ///   - retries: the number of times that `body` may be run again.
  /// - Throws: the error of `body`, and ``PostgresError``.
  public func transaction<R>(
    isolation: IsolationLevel = .readCommitted, retries: Int = ConflictRetries.usual,
    _ body: (Transaction) async throws -> R
  ) async throws -> R {
    var attempts = ConflictRetries(left: retries)
    while true {
      do {
        return try await attemptTransaction(isolation, body)
      } catch let error as PostgresError {
        try await attempts.pause(after: error, on: self)
      }
    }
  }

  private func attemptTransaction<R>(
    _ isolation: IsolationLevel, _ body: (Transaction) async throws -> R
  ) async throws -> R {
    checkSoleConnection()
    let connection = try await writers.acquire()
    let transaction = Transaction(source: source, connection: connection, isolation: isolation)
    let value: R
    do {
      value = try await body(transaction)
    } catch {
      let isOut = await transaction.rollBack()
      writers.release(connection, rollingBack: !isOut)
      throw error
    }
    do {
      try await transaction.commit()
    } catch {
      writers.release(connection, rollingBack: true)
      throw error
    }
    writers.release(connection, rollingBack: false)
    transaction.committed()
    return value
  }
}
