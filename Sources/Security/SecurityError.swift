internal import Platform
internal import RPC

/// Why a call of this module fails.
enum SecurityError: Error, Equatable {
  /// A subscriber reads more slowly than events are published.
  case readerBehind
}

extension SecurityError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .readerBehind: SecurityReason.readerBehind.error()
    }
  }
}
