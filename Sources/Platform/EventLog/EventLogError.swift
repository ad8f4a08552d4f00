internal import RPC

/// Why a subscriber cannot go on from its cursor.
enum EventLogError: RPCErrorConvertible {
  case cursorTooOld
  case cursorOfAnotherLog

  var rpcError: RPCError {
    switch self {
    case .cursorTooOld:
      outOfRange("CURSOR_TOO_OLD", "the cursor is older than the log is kept; subscribe afresh, without a cursor")
    case .cursorOfAnotherLog:
      outOfRange(
        "CURSOR_OF_ANOTHER_LOG", "the cursor belongs to another shop's log; subscribe afresh, without a cursor")
    }
  }

  private func outOfRange(_ reason: String, _ message: String) -> RPCError {
    RPCError(.outOfRange, message, details: [.errorInfo(reason: reason, domain: "fastshop", metadata: [:])])
  }
}
