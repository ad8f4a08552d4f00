internal import RPC

/// Why a subscriber cannot go on from its cursor.
enum EventLogError: RPCErrorConvertible {
  case cursorTooOld
  case cursorOfAnotherLog

  var rpcError: RPCError {
    switch self {
    case .cursorTooOld: ResourceReason.cursorTooOld.error()
    case .cursorOfAnotherLog: ResourceReason.cursorOfAnotherLog.error()
    }
  }
}
