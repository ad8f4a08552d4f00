extension PostgresError: CustomStringConvertible {
  /// What happened, for a log or an operator: words without a full stop.
  public var description: String {
    switch self {
    case .constraintViolation(let violation): "\(violation)"
    case .serializationFailure: "it conflicts with what others changed at the same time"
    case .deadlockDetected: "it and others waited for each other's locks"
    case .lockNotAvailable: "others keep what it has to lock"
    case .tableLocked: "a table is locked by others"
    case .statementTimeout: "a statement took too long"
    case .queryCancelled: "it was cancelled"
    case .connectionLost: "the connection to Postgres broke"
    case .outcomeUnknown: "the connection to Postgres broke during the change, which is complete or not made at all"
    case .unavailable: "Postgres cannot be reached"
    case .accessRefused(let reason): "Postgres refuses the connection: \(reason)"
    case .overloaded: "too much waits for Postgres"
    case .diskFull: "the disk of Postgres is full"
    case .readOnly: "Postgres is read-only, or a replica"
    case .mapping(let reason): "a statement does not fit its message: \(reason)"
    case .other(let sqlstate, let message): "\(message) (SQLSTATE \(sqlstate))"
    }
  }
}
