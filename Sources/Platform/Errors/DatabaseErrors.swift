public import Postgres
public import RPC

/// Maps failures of the database to statuses. A caller learns what it can do about the failure, never what the database
/// said.
extension PostgresError: RPCErrorConvertible {
  /// Callers may try again after this.
  private static let retryDelay: Duration = .milliseconds(200)

  /// The retry delay of errors that an operator has to correct first.
  private static let repairDelay: Duration = .seconds(5)

  /// The error for the caller.
  public var rpcError: RPCError {
    let retry = [ErrorDetail.retryInfo(delay: Self.retryDelay)]
    switch self {
    case .unavailable, .connectionLost, .accessRefused: return PlatformReason.databaseUnavailable.error(details: retry)
    case .outcomeUnknown: return PlatformReason.outcomeUnknown.error(details: retry)
    case .diskFull: return PlatformReason.databaseFull.error(details: [.retryInfo(delay: Self.repairDelay)])
    case .readOnly: return PlatformReason.databaseReadOnly.error(details: [.retryInfo(delay: Self.repairDelay)])
    case .tableLocked: return PlatformReason.dataLocked.error(details: [.retryInfo(delay: Self.repairDelay)])
    case .overloaded: return PlatformReason.overloaded.error(details: retry)
    case .serializationFailure, .deadlockDetected, .lockNotAvailable:
      return PlatformReason.concurrentChange.error(details: retry)
    case .statementTimeout: return PlatformReason.databaseTimeout.error()
    case .queryCancelled: return PlatformReason.callCancelled.error()
    // What callers may cause, a module has named: see `expecting`. The rest are mistakes of the program.
    case .constraintViolation, .mapping, .other: return PlatformReason.serverFailed.error()
    }
  }
}
