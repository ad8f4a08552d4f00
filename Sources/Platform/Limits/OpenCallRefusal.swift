internal import RPC

/// A call or stream was refused because its caller has too many open.
struct OpenCallRefusal: Error, Equatable {
  /// Whose bound it was: `user:…`, `key:…`, `address:…`.
  let subject: String
  let kind: OpenCallKind
  /// The limit.
  let bound: Int
}

extension OpenCallRefusal: RPCErrorConvertible {
  /// RESOURCE_EXHAUSTED, without a time to try again: only the caller knows when it ends some of its own.
  var rpcError: RPCError {
    PlatformReason.tooManyOpenCalls.error(
      "too many open \(kind)s; end some of them first",
      details: [.quotaFailure([ErrorDetail.QuotaViolation(subject: subject, description: sentence)])])
  }

  private var sentence: String { "at most \(bound) \(kind)s may be open at once" }
}
