/// An error of the database or of its connection.
///
/// Messages are for logs. They may hold SQL and data, and are never sent to a caller.
public enum PostgresError: Error, Equatable, Sendable {
  /// A row breaks a constraint of the schema. Modules name the ones that they expect: see ``expecting(_:_:)``. Any
  /// other is a mistake of the program.
  case constraintViolation(ConstraintViolation)
  /// The transaction conflicts with concurrent ones; it may be retried from its start.
  case serializationFailure
  /// The transaction was chosen to resolve a deadlock; it may be tried again from its start.
  case deadlockDetected
  /// A lock was not obtained within `lock_timeout`, or at once with NOWAIT.
  case lockNotAvailable
  /// Another session keeps a table locked that a read needs, for example to change its columns.
  case tableLocked
  /// The statement ran longer than `statement_timeout`.
  case statementTimeout
  /// The waiting task was cancelled, or another session cancelled the statement; nothing was done.
  case queryCancelled
  /// The connection broke before the work was committed; nothing was done.
  case connectionLost
  /// The connection broke, or the waiting task was cancelled, while the server was committing: the change was made
  /// wholly or not at all.
  case outcomeUnknown
  /// There is no connection to the database; nothing was done.
  case unavailable
  /// The server refused the connection: a wrong password, no such database. Nothing was done, and a retry fails until
  /// an operator corrects it.
  case accessRefused(String)
  /// Too much is waiting already, or the server has no memory left for it; nothing was done.
  case overloaded
  /// The server's disk is full; nothing was done.
  case diskFull
  /// The server does not write: it is a replica, or was made read-only. Nothing was done.
  case readOnly
  /// The statement and the message do not fit together: a mistake of the program.
  case mapping(String)
  /// Anything else. The message says where it happened, too.
  case other(sqlstate: String, message: String)

  /// Whether a retry of the whole transaction may succeed.
  public var isRetriable: Bool {
    switch self {
    case .serializationFailure, .deadlockDetected: true
    case .other(let sqlstate, _): sqlstate == SQLState.stalePlan
    default: false
    }
  }
}

extension PostgresError {
  /// A prepared statement is not what the server has any more; a new preparation mends it.
  static func stalePlan(_ message: String) -> PostgresError { .other(sqlstate: SQLState.stalePlan, message: message) }
}
