/// gRPC's status codes.
///
/// Source: `grpc/doc/statuscodes.md`.
public enum StatusCode: Int32, Sendable, CaseIterable {
  /// Success.
  case ok = 0
  /// The caller gave the call up.
  case cancelled = 1
  /// An error that nothing more is known of.
  case unknown = 2
  /// The request is wrong, independent of the state of the system.
  case invalidArgument = 3
  /// The time that the caller allowed is over; the work may or may not have been done.
  case deadlineExceeded = 4
  /// The resource does not exist, or the caller may not know that it does.
  case notFound = 5
  /// The resource that was to be created exists already.
  case alreadyExists = 6
  /// The caller may not do this.
  case permissionDenied = 7
  /// A quota or a limit is used up; the detail names it, and the time of the next attempt.
  case resourceExhausted = 8
  /// The state of the system forbids it; repeating without a change of state is useless.
  case failedPrecondition = 9
  /// A concurrent change was in the way; repeat from reading the present state.
  case aborted = 10
  /// Past the end of what there is.
  case outOfRange = 11
  /// This server does not have this method.
  case unimplemented = 12
  /// A broken invariant; a fault of the server.
  case `internal` = 13
  /// The service cannot be reached now; the same call may succeed soon.
  case unavailable = 14
  /// Data was lost or destroyed.
  case dataLoss = 15
  /// The caller did not say who it is.
  case unauthenticated = 16

  /// The name in gRPC's documents, such as `INVALID_ARGUMENT`.
  public var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}
