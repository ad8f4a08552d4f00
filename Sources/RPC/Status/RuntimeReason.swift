/// The reasons of errors that the runtime itself raises, or a handler without a more specific reason: one for each
/// status.
package enum RuntimeReason: String, ErrorReason {
  case requestMalformed = "REQUEST_MALFORMED"
  case addressCallsExceeded = "ADDRESS_CALLS_EXCEEDED"
  case serverFull = "SERVER_FULL"
  case cancelled = "CANCELLED"
  case unknown = "UNKNOWN"
  case invalidArgument = "INVALID_ARGUMENT"
  case deadlineExceeded = "DEADLINE_EXCEEDED"
  case notFound = "NOT_FOUND"
  case alreadyExists = "ALREADY_EXISTS"
  case permissionDenied = "PERMISSION_DENIED"
  case resourceExhausted = "RESOURCE_EXHAUSTED"
  case requestTooLarge = "REQUEST_TOO_LARGE"
  case requestMemoryExhausted = "REQUEST_MEMORY_EXHAUSTED"
  case failedPrecondition = "FAILED_PRECONDITION"
  case aborted = "ABORTED"
  case outOfRange = "OUT_OF_RANGE"
  case unimplemented = "UNIMPLEMENTED"
  case `internal` = "INTERNAL"
  case unavailable = "UNAVAILABLE"
  case dataLoss = "DATA_LOSS"
  case unauthenticated = "UNAUTHENTICATED"

  package var definition: ErrorDefinition {
    switch self {
    case .requestMalformed:
      .init(.invalidArgument, "the request is malformed; `BadRequest` names the field, if it is known")
    case .addressCallsExceeded:
      .init(.resourceExhausted, "too many calls and streams are open from your address: end some first")
    case .serverFull:
      .init(.unavailable, "the server has the maximum number of open calls or streams; try again later")
    case .cancelled: .init(.cancelled, "the caller disconnected or cancelled the call")
    case .unknown: .init(.unknown, "the call failed for an unknown reason")
    case .invalidArgument: .init(.invalidArgument, "the call is not valid: the message says why")
    case .deadlineExceeded:
      .init(
        .deadlineExceeded,
        "the deadline passed; a change is complete or not made at all: the same request sent again makes it, or gets "
          + "the first response")
    case .notFound: .init(.notFound, "the resource does not exist")
    case .alreadyExists: .init(.alreadyExists, "the resource already exists")
    case .permissionDenied: .init(.permissionDenied, "the caller may not do this")
    case .resourceExhausted:
      .init(
        .resourceExhausted, "a message is too large, or too much unread data is queued: the message says which")
    case .requestTooLarge:
      .init(
        .resourceExhausted,
        "the request is larger than its method allows, as sent or uncompressed; `metadata.limit_bytes` is the maximum")
    case .requestMemoryExhausted:
      .init(
        .resourceExhausted,
        "the requests in progress, from the caller's address or from all, use all the memory for requests; try again "
          + "when some have ended")
    case .failedPrecondition: .init(.failedPrecondition, "the current state does not allow the call")
    case .aborted: .init(.aborted, "a concurrent change interfered; try again")
    case .outOfRange: .init(.outOfRange, "the position is out of range")
    case .unimplemented: .init(.unimplemented, "the method does not exist, or the compression is not supported")
    case .internal: .init(.internal, "the server failed, or the request violates the protocol: the message says which")
    case .unavailable:
      .init(.unavailable, "the server cannot take the call at the moment, or is shutting down; try again")
    case .dataLoss: .init(.dataLoss, "stored data is damaged")
    case .unauthenticated: .init(.unauthenticated, "the caller is not authenticated")
    }
  }
}

extension RPCError {
  /// The error with an `ErrorInfo`, added in front if the error has none.
  var withReason: RPCError {
    for case .errorInfo in details { return self }
    guard let reason = RuntimeReason(rawValue: code.name) else { return self }
    var error = self
    error.details.insert(.errorInfo(reason: reason.rawValue, domain: ErrorDomain.name, metadata: [:]), at: 0)
    return error
  }
}
