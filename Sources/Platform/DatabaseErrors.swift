public import Postgres
public import RPC

/// The one place where failures of the database become statuses. A caller learns what it can do about them, never what
/// the database said.
extension PostgresError: RPCErrorConvertible {
  /// Callers may try again after this.
  private static let retryDelay: Duration = .milliseconds(200)

  /// What the caller is told.
  public var rpcError: RPCError {
    let retry = [ErrorDetail.retryInfo(delay: Self.retryDelay)]
    switch self {
    case .unavailable, .connectionLost, .accessRefused:
      return RPCError(.unavailable, "the database cannot be reached at the moment", details: retry)
    case .overloaded:
      return RPCError(.unavailable, "the server has more to do than it can take on", details: retry)
    case .serializationFailure, .deadlockDetected, .lockNotAvailable:
      return RPCError(.aborted, "others changed the same things at the same time", details: retry)
    case .statementTimeout:
      return RPCError(.deadlineExceeded, "the database took too long to answer")
    case .queryCancelled:
      return RPCError(.cancelled, "the call was cancelled")
    case .uniqueViolation, .exclusionViolation:
      return RPCError(.alreadyExists, "something with the same key exists")
    case .foreignKeyViolation, .checkViolation, .notNullViolation:
      return RPCError(.failedPrecondition, "the change would break a rule of the shop's data")
    case .mapping, .other:
      return RPCError(.internal, "the server failed to answer this call")
    }
  }
}
