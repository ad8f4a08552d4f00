/// The fields of the server's error message that the program uses.
///
/// The DETAIL is not among them, because it contains the values of rows.
struct ServerError {
  var sqlstate: String
  var message: String
  var schema: String
  var table: String
  var column: String
  var constraint: String
  /// What an operator might do about it.
  var hint: String
  /// The functions that were running, innermost first; a line for each.
  var context: String
  /// The function in the server's source that raised it.
  var routine: String
  /// Whether the server ended the session with it.
  var endsSession = false

  /// - Parameters:
  ///   - cancelled: whether this program cancelled the statement.
  ///   - sql: the statement's text, which has no values.
  func error(cancelled: Bool = false, sql: @autoclosure () -> String = "") -> PostgresError {
    if endsSession { return .connectionLost }
    if let kind = violationKind {
      return .constraintViolation(
        ConstraintViolation(
          kind: kind, constraint: constraint.isEmpty ? "" : qualified(constraint),
          table: table.isEmpty ? "" : qualified(table), column: column, message: message))
    }
    return switch sqlstate {
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
    case _ where isStatementUnknown || isPlanOutdated: .stalePlan(message)
    case SQLState.duplicateStatementName: .stalePlan(message)
    default: other(sql())
    }
  }

  /// The same for a statement of a session that only reads. The server refuses a change, as we wish. A read locks no
  /// rows, so the lock that it waited for is a table's. A replica ends a statement that delays replication for too
  /// long; its code is that of a conflict of changes.
  func readError(cancelled: Bool, sql: @autoclosure () -> String) -> PostgresError {
    let typed = error(cancelled: cancelled, sql: sql())
    return switch typed {
    case .readOnly: other(sql())
    case .serializationFailure: .unavailable
    case .lockNotAvailable: .tableLocked
    default: typed
    }
  }

  /// Whether the session has no prepared statement of the name.
  var isStatementUnknown: Bool { sqlstate == SQLState.invalidStatementName }

  /// Whether a prepared statement's result would be of another type now, after a change of the schema.
  var isPlanOutdated: Bool { sqlstate == SQLState.featureNotSupported && routine == "RevalidateCachedQuery" }

  /// Whether a cancel may have ended the statement: its timeout has the same code, and a text in the server's language.
  var mayBeCancel: Bool { sqlstate == SQLState.queryCancelled && !message.contains("statement timeout") }

  /// Whether an administrator has cancelled the statement, as a text in English says. In another language, the timeout
  /// is much more likely.
  private var isUserRequest: Bool { message.contains("user request") }

  private var violationKind: ConstraintViolation.Kind? {
    switch sqlstate {
    case SQLState.uniqueViolation: .unique
    case SQLState.foreignKeyViolation: .foreignKey
    case SQLState.restrictViolation: .restrict
    case SQLState.checkViolation: .check
    case SQLState.notNullViolation: .notNull
    case SQLState.exclusionViolation: .exclusion
    default: nil
    }
  }

  private func qualified(_ name: String) -> String { schema.isEmpty ? name : "\(schema).\(name)" }
}

// MARK: For the log

extension ServerError {
  /// More of a statement's text than this is not logged.
  private static let sqlCharactersMax = 200
  /// The class of errors about values: their messages quote the value.
  private static let dataExceptions = "22"
  /// Other lines of a context may contain values.
  private static let functionContext = "PL/pgSQL"

  /// The error with everything that an operator needs to find its cause.
  func other(_ sql: String) -> PostgresError { .other(sqlstate: sqlstate, message: report(sql)) }

  private func report(_ sql: String) -> String {
    let functions = context.split(separator: "\n").filter { $0.hasPrefix(Self.functionContext) }
    let text = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let parts = [
      ("table", table.isEmpty ? "" : qualified(table)), ("column", column), ("constraint", constraint),
      ("hint", hint), ("in", functions.first.map(String.init) ?? ""),
      ("statement", text.count > Self.sqlCharactersMax ? "\(text.prefix(Self.sqlCharactersMax))…" : text),
    ]
    return parts.filter { !$0.1.isEmpty }.reduce(messageWithoutValues) { "\($0); \($1.0): \($1.1)" }
  }

  private var messageWithoutValues: String {
    guard sqlstate.hasPrefix(Self.dataExceptions), let first = message.firstIndex(of: "\""),
      let last = message.lastIndex(of: "\""), first < last
    else { return message }
    return "\(message[..<first])\"…\"\(message[message.index(after: last)...])"
  }
}
