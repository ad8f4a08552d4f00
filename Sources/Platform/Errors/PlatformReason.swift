package import RPC

/// Reasons for which a call of any method may fail: before its module runs, or because of the database.
package enum PlatformReason: String, ErrorReason {
  case credentialsMissing = "CREDENTIALS_MISSING"
  case credentialsInvalid = "CREDENTIALS_INVALID"
  case credentialsExpired = "CREDENTIALS_EXPIRED"
  case credentialsOutdated = "CREDENTIALS_OUTDATED"
  case sessionEnded = "SESSION_ENDED"
  case credentialsUndecided = "CREDENTIALS_UNDECIDED"
  case permissionMissing = "PERMISSION_MISSING"
  case secondFactorRequired = "SECOND_FACTOR_REQUIRED"
  case scopeMissing = "SCOPE_MISSING"
  case notForPrograms = "NOT_FOR_PROGRAMS"
  case addressNotAllowed = "ADDRESS_NOT_ALLOWED"
  case forwardedMalformed = "FORWARDED_MALFORMED"
  case forwardingNotAllowed = "FORWARDING_NOT_ALLOWED"
  case forwardedAddressInvalid = "FORWARDED_ADDRESS_INVALID"
  case rateLimited = "RATE_LIMITED"
  case tooManyOpenCalls = "TOO_MANY_OPEN_CALLS"
  case invalidFields = "INVALID_FIELDS"
  case requestIDReused = "REQUEST_ID_REUSED"
  case requestInProgress = "REQUEST_IN_PROGRESS"
  case sealedValueUnreadable = "SEALED_VALUE_UNREADABLE"
  case databaseUnavailable = "DATABASE_UNAVAILABLE"
  case databaseFull = "DATABASE_FULL"
  case databaseReadOnly = "DATABASE_READ_ONLY"
  case dataLocked = "DATA_LOCKED"
  case outcomeUnknown = "OUTCOME_UNKNOWN"
  case overloaded = "OVERLOADED"
  case tooManyWaiting = "TOO_MANY_WAITING"
  case concurrentChange = "CONCURRENT_CHANGE"
  case databaseTimeout = "DATABASE_TIMEOUT"
  case callCancelled = "CALL_CANCELLED"
  case serverFailed = "SERVER_FAILED"

  package var definition: ErrorDefinition {
    switch self {
    case .credentialsMissing: .init(.unauthenticated, "sign in to call this method")
    case .credentialsInvalid: .init(.unauthenticated, "the credentials are not valid")
    case .credentialsExpired: .init(.unauthenticated, "the credentials have expired")
    case .credentialsOutdated:
      .init(.unauthenticated, "the rights of the account have changed: call AuthService.RefreshToken for a new token")
    case .sessionEnded: .init(.unauthenticated, "the session has ended")
    case .credentialsUndecided:
      .init(.unavailable, "the server was paused and is reading the revocations that it missed; send the call again")
    case .permissionMissing:
      .init(.permissionDenied, "the caller lacks the permission in `metadata.permission`")
    case .secondFactorRequired:
      .init(
        .permissionDenied,
        "your role needs a second factor: call SecondFactorService.BeginEnrolment and ConfirmEnrolment, then "
          + "AuthService.RefreshToken; if you have a second factor already, sign in again with its code")
    case .scopeMissing: .init(.permissionDenied, "the key lacks the scope in `metadata.scope`")
    case .notForPrograms:
      .init(.permissionDenied, "API keys and client certificates cannot call this method")
    case .addressNotAllowed: .init(.permissionDenied, "this method cannot be called from your address")
    case .forwardedMalformed:
      .init(.invalidArgument, "the proxy's header with the client address is malformed: see RFC 7239")
    case .forwardingNotAllowed:
      .init(.permissionDenied, "the header fastshop-client-address needs an API key with the scope traffic.forward")
    case .forwardedAddressInvalid:
      .init(.invalidArgument, "the header fastshop-client-address must have one IP address")
    case .rateLimited:
      .init(
        .resourceExhausted, "too many calls: `RetryInfo` says when to try again, `QuotaFailure` names the allowance")
    case .tooManyOpenCalls:
      .init(
        .resourceExhausted,
        "too many calls or streams are open: end some first; `QuotaFailure` gives the limit")
    case .invalidFields:
      .init(.invalidArgument, "the request is not valid: `BadRequest` names each invalid field")
    case .requestIDReused:
      .init(.failedPrecondition, "the request_id was used for a different request; generate a new id for a new request")
    case .requestInProgress:
      .init(.aborted, "the same request is still in progress; send it again to get its response")
    case .sealedValueUnreadable: .init(.internal, "a stored secret cannot be decrypted")
    case .databaseUnavailable: .init(.unavailable, "the database cannot be reached at the moment")
    case .databaseFull: .init(.unavailable, "the database has no disk space left; nothing was changed")
    case .databaseReadOnly: .init(.unavailable, "the database is read-only at the moment; nothing was changed")
    case .dataLocked: .init(.unavailable, "the data is locked at the moment, for example while its tables are changed")
    case .outcomeUnknown:
      .init(
        .unavailable,
        "the connection to the database broke during the change, which is complete or not made at all: send the same "
          + "request with the same request_id again or, if the method has none, read before you repeat it")
    case .overloaded: .init(.unavailable, "the server is overloaded")
    case .tooManyWaiting:
      .init(.resourceExhausted, "too many calls wait to change the same resource; nothing was changed")
    case .concurrentChange: .init(.aborted, "other calls changed the same data at the same time")
    case .databaseTimeout: .init(.deadlineExceeded, "the database took too long to answer")
    case .callCancelled: .init(.cancelled, "the call was cancelled")
    case .serverFailed: .init(.internal, "the server failed to answer this call")
    }
  }
}
