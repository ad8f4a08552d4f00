internal import EventLoop

/// One place for a connection in a channel: empty, connecting, or taking calls.
final class ConnectionSlot {
  var connection: ClientConnection?
  var reconnecting: Reconnecting
  /// Ends the wait between attempts to connect, while calls wait for it.
  var wakeUp: Timer?

  init(_ reconnecting: Reconnecting) { self.reconnecting = reconnecting }

  /// Calls on its connection; nil when it can take none now.
  @inline(__always)
  var load: Int? {
    guard let connection, connection.hasRoom else { return nil }
    return connection.openCalls
  }

  /// Whether it has a connection, or will soon have one.
  var isBusy: Bool { connection.map { !$0.isClosed && !$0.isFinished } ?? false }
}
