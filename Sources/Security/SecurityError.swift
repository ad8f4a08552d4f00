internal import Platform
internal import RPC

/// Why the room cannot go on.
enum SecurityError: Error, Equatable {
  /// A subscriber reads more slowly than events come.
  case readerBehind
}

extension SecurityError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .readerBehind: SecurityReason.readerBehind.error()
    }
  }
}
