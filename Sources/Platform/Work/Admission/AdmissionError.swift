package import RPC

/// Why a work was not admitted. Nothing was done.
package enum AdmissionError: Error, Equatable {
  /// Too many wait already.
  case tooManyWaiting
  /// Those before it took too long.
  case waitedTooLong
  /// Its task was cancelled.
  case cancelled
}

extension AdmissionError: RPCErrorConvertible {
  private static let retryDelay: Duration = .milliseconds(500)

  /// The error for the caller.
  package var rpcError: RPCError {
    switch self {
    case .tooManyWaiting, .waitedTooLong:
      PlatformReason.tooManyWaiting.error(details: [.retryInfo(delay: Self.retryDelay)])
    case .cancelled: PlatformReason.callCancelled.error()
    }
  }
}
