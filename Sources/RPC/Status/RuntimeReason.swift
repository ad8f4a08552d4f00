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
      .init(.invalidArgument, "the request is not a message of its method; `BadRequest` names the field, if it is one")
    case .addressCallsExceeded:
      .init(.resourceExhausted, "your address has more calls and streams open than it may: end some of them first")
    case .serverFull:
      .init(.unavailable, "the server has as many calls or streams open as it takes; try again later")
    case .cancelled: .init(.cancelled, "the caller has gone, or the call was cancelled")
    case .unknown: .init(.unknown, "the call failed, and nothing more is known")
    case .invalidArgument: .init(.invalidArgument, "the call is not valid: the message says in what")
    case .deadlineExceeded:
      .init(.deadlineExceeded, "the deadline passed; a change was made wholly or not at all: send it again to know")
    case .notFound: .init(.notFound, "there is no such thing")
    case .alreadyExists: .init(.alreadyExists, "there is such a thing already")
    case .permissionDenied: .init(.permissionDenied, "the caller may not do this")
    case .resourceExhausted:
      .init(
        .resourceExhausted, "a message is larger than the limit, or too much waits to be read: the message says which")
    case .requestTooLarge:
      .init(
        .resourceExhausted,
        "the request has more bytes than its method takes, as it came or without its compression: `limit_bytes`, in "
          + "`ErrorInfo.metadata`, says how many that is")
    case .requestMemoryExhausted:
      .init(
        .resourceExhausted,
        "the requests that are under way from the caller's address, or from everybody, hold all the memory there is "
          + "for them; try again when some have ended")
    case .failedPrecondition: .init(.failedPrecondition, "the state of things does not allow it")
    case .aborted: .init(.aborted, "something else came between; try again")
    case .outOfRange: .init(.outOfRange, "there is nothing there")
    case .unimplemented: .init(.unimplemented, "there is no such method, or the message's compression is not supported")
    case .internal: .init(.internal, "the server failed, or the request breaks the protocol: the message says which")
    case .unavailable: .init(.unavailable, "the server cannot take the call at the moment, or is leaving; try again")
    case .dataLoss: .init(.dataLoss, "something that was stored cannot be read any more")
    case .unauthenticated: .init(.unauthenticated, "the caller is not known")
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
