package import RPC

/// The reason why a request with a `request_id` is not carried out.
package enum IdempotencyError: Error, Equatable {
  /// The id was used for another request.
  case reused(ID)
  /// The same request is still being carried out.
  case inProgress(ID)
}

extension IdempotencyError: RPCErrorConvertible {
  private static let retryDelay: Duration = .seconds(1)

  /// The error for the caller.
  package var rpcError: RPCError {
    switch self {
    case .reused(let id):
      PlatformReason.requestIDReused.error(
        "the request_id \(id) was used for a different request",
        details: [
          .preconditionFailure([
            .init(type: "REQUEST_ID", subject: id.description, description: "Make up a new id for a new request.")
          ])
        ])
    case .inProgress(let id):
      PlatformReason.requestInProgress.error(
        "the request \(id) is still in progress; send it again to get its response",
        details: [.retryInfo(delay: Self.retryDelay)])
    }
  }
}
