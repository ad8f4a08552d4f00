internal import EventLoop

/// One query in progress, and the task that waits for it. Confined to its loop.
final class Request: LoopWait {
  /// Nil for what is said once in a connection's life and not prepared.
  let statement: Statement?
  /// Whether it may be sent again when the server did not carry it out.
  let mayRepeat: Bool
  /// Released once the request is over or nothing waits for it: it may hold a call's arena.
  private(set) var values: [QueryBind]
  private let pieces: [Query.Piece]
  private let plainSQL: String?
  /// Whether it is planned once, for any values.
  let isPlannedOnce: Bool
  /// Bytes it counts for in the limit of what may be under way.
  let bytes: Int
  /// When it fails if it has not been sent, by the loop's clock; 0 for never.
  var deadline: Int64 = 0
  /// Why preparing its statement failed.
  var failure: PostgresError?
  /// The preparation of its statement that it relies on, by the count of its connection.
  var preparation: UInt64 = 0
  /// The age of the schema that its statement was prepared for.
  var schemaAge: UInt64 = 0
  /// The number of times that it was sent.
  var attempts = 0
  /// Whether it has moved from a connection that broke to another.
  var wasMoved = false
  /// How often it was sent again on another connection because its own had to wait for another statement.
  var stallMoves = 0
  /// How often it was ended by the cancel of another read, itself or through a statement before it.
  var cancelHits = 0
  /// The connection that it was sent on last, whose failures count. Any connection's answer does.
  var carrier: ObjectIdentifier?
  private(set) var outcome: Result<ServerResult, PostgresError>?
  /// Whether its task was cancelled before it had an outcome.
  private var isAbandoned = false
  var waiter = WaitingTask()
  private var onEnd: (() -> Void)?

  init(_ query: Query, statement: Statement?, mayRepeat: Bool) {
    self.statement = statement
    self.mayRepeat = mayRepeat
    values = query.values
    pieces = query.pieces
    plainSQL = nil
    isPlannedOnce = query.isPlannedOnce
    var total = 64
    for value in query.values { total += value.textBytesMax }
    bytes = total
  }

  /// A statement of the connection's own.
  init(plain sql: String) {
    statement = nil
    mayRepeat = false
    values = []
    pieces = []
    plainSQL = sql
    isPlannedOnce = false
    bytes = sql.utf8.count
  }

  /// The statement as the server reads it.
  var sql: String { plainSQL ?? Query.sql(of: pieces) }

  var isOver: Bool { outcome != nil }

  /// Its outcome; before it is over, it counts as lost.
  var result: Result<ServerResult, PostgresError> { outcome ?? .failure(.connectionLost) }

  /// Whether it was sent and ended without the server's answer: the server may have carried it out.
  var isOutcomeUnknown: Bool {
    guard attempts > 0 else { return false }
    if case .failure(.connectionLost)? = outcome { return true }
    return isAbandoned
  }

  /// Ends it: the first outcome counts.
  func end(_ result: Result<ServerResult, PostgresError>) {
    guard outcome == nil else { return }
    outcome = result
    values = []
    waiter.resume()
    if let onEnd {
      self.onEnd = nil
      onEnd()
    }
  }

  func cancel() {
    if isOver { return }
    isAbandoned = true
    end(.failure(.queryCancelled))
  }

  /// Calls `body` when it has ended, on the loop.
  func whenEnded(_ body: @escaping () -> Void) {
    if isOver { body() } else { onEnd = body }
  }

  /// Submits it and waits for its end; returns at once when the task is cancelled. Only on the loop.
  nonisolated(nonsending) func run(on loop: EventLoop, submit: () -> Void) async -> Result<ServerResult, PostgresError>
  {
    await wait(on: loop, begin: submit)
    return result
  }
}
