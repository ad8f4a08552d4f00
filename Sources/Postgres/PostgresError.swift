/// An error of the database or of its connection.
///
/// Messages are for logs. They may hold SQL and data, and are never sent to a caller.
public enum PostgresError: Error, Equatable, Sendable {
  /// A row with the same key exists.
  case uniqueViolation(constraint: String)
  /// A row refers to one that does not exist, or is still referred to.
  case foreignKeyViolation(constraint: String)
  /// A row does not satisfy a CHECK.
  case checkViolation(constraint: String)
  /// A value is missing.
  case notNullViolation(column: String)
  /// A row conflicts with another one under an EXCLUDE constraint.
  case exclusionViolation(constraint: String)
  /// The transaction conflicts with concurrent ones; it may be retried from its start.
  case serializationFailure
  /// The transaction was chosen to resolve a deadlock; it may be tried again from its start.
  case deadlockDetected
  /// A lock was not obtained within `lock_timeout`, or at once with NOWAIT.
  case lockNotAvailable
  /// The statement ran longer than `statement_timeout`.
  case statementTimeout
  /// The waiting task was cancelled, or another session cancelled the statement.
  case queryCancelled
  /// The connection broke before the work was committed; nothing was done.
  case connectionLost
  /// The connection broke while the server was committing: the change was made wholly or not at all.
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
  /// Anything else.
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

/// The error codes that the program distinguishes (PostgreSQL's appendix A).
enum SQLState {
  static let uniqueViolation = "23505"
  static let foreignKeyViolation = "23503"
  static let checkViolation = "23514"
  static let notNullViolation = "23502"
  static let exclusionViolation = "23P01"
  static let restrictViolation = "23001"
  static let serializationFailure = "40001"
  static let deadlockDetected = "40P01"
  static let lockNotAvailable = "55P03"
  static let queryCancelled = "57014"
  static let adminShutdown = "57P01"
  static let crashShutdown = "57P02"
  static let cannotConnectNow = "57P03"
  static let databaseDropped = "57P04"
  static let idleSessionTimeout = "57P05"
  static let idleInTransactionTimeout = "25P03"
  static let noActiveTransaction = "25P01"
  static let failedTransaction = "25P02"
  static let insufficientResources = "53000"
  static let diskFull = "53100"
  static let outOfMemory = "53200"
  static let tooManyConnections = "53300"
  static let configurationLimitExceeded = "53400"
  static let readOnlyTransaction = "25006"
  static let invalidStatementName = "26000"
  static let duplicateStatementName = "42P05"
  static let featureNotSupported = "0A000"
  static let programLimitExceeded = "54000"
  static let characterNotInRepertoire = "22021"
  /// Ours: a prepared statement's result changed its type, which a new preparation mends.
  static let stalePlan = "FS001"
}

/// The fields of the server's error message that the program uses.
struct ServerError {
  var sqlstate: String
  var message: String
  var constraint: String
  var column: String
  /// The function in the server's source that raised it.
  var routine: String
  /// Whether the server ended the session with it.
  var endsSession = false

  /// - Parameter cancelled: whether this program cancelled the statement.
  func error(cancelled: Bool) -> PostgresError {
    if endsSession { return .connectionLost }
    return switch sqlstate {
    case SQLState.uniqueViolation: .uniqueViolation(constraint: constraint)
    case SQLState.foreignKeyViolation, SQLState.restrictViolation: .foreignKeyViolation(constraint: constraint)
    case SQLState.checkViolation: .checkViolation(constraint: constraint)
    case SQLState.notNullViolation: .notNullViolation(column: column)
    case SQLState.exclusionViolation: .exclusionViolation(constraint: constraint)
    case SQLState.serializationFailure: .serializationFailure
    case SQLState.deadlockDetected: .deadlockDetected
    case SQLState.lockNotAvailable: .lockNotAvailable
    case SQLState.queryCancelled: cancelled || isUserRequest ? .queryCancelled : .statementTimeout
    case SQLState.adminShutdown, SQLState.crashShutdown, SQLState.databaseDropped, SQLState.idleSessionTimeout,
      SQLState.idleInTransactionTimeout:
      .connectionLost
    case SQLState.cannotConnectNow, SQLState.tooManyConnections: .unavailable
    case SQLState.insufficientResources, SQLState.outOfMemory, SQLState.configurationLimitExceeded: .overloaded
    case SQLState.diskFull: .diskFull
    case SQLState.readOnlyTransaction: .readOnly
    case SQLState.invalidStatementName, SQLState.duplicateStatementName:
      .other(sqlstate: SQLState.stalePlan, message: message)
    case SQLState.featureNotSupported where hasOutlivedItsPlan: .other(sqlstate: SQLState.stalePlan, message: message)
    default: .other(sqlstate: sqlstate, message: message)
    }
  }

  /// Whether a prepared statement's result would be of another type now, after a change of the schema.
  var hasOutlivedItsPlan: Bool { routine == "RevalidateCachedQuery" }

  /// A statement's timeout and its cancelling by an administrator have the same code; the text is in the server's
  /// language, and the former is much more likely.
  private var isUserRequest: Bool { message.contains("user request") }
}
