internal import RPC

/// The reason why a subscriber cannot resume from its cursor.
enum EventLogError: RPCErrorConvertible {
  case cursorTooOld
  case cursorOfAnotherLog
  /// The server took the place of another one, whose last events it may not have.
  case replaced

  var rpcError: RPCError {
    switch self {
    case .cursorTooOld: ResourceReason.cursorTooOld.error()
    case .replaced: PlatformReason.databaseUnavailable.error()
    case .cursorOfAnotherLog: ResourceReason.cursorOfAnotherLog.error()
    }
  }
}
