internal import EventLoop
internal import Glibc

/// A connection that a channel opened. Calls may be started before it is established: their frames wait.
final class ClientConnection: Connection {
  /// What the server may send ahead of one call's reader, in bytes.
  private static let streamWindowBytes = 1024 * 1024

  private var isConnecting = true
  private let ended: (ClientConnection) -> Void

  /// Takes over `fd`, whose connecting has begun. `ended` is called once, when the connection is gone.
  init(loop: EventLoop, fd: Int32, tls: TLSSession?, ended: @escaping (ClientConnection) -> Void) {
    self.ended = ended
    super.init(loop: loop, fd: fd, tls: tls)
    speak(HTTP2Session(callingOn: self, streamWindowBytes: Self.streamWindowBytes))
    begin(events: [.readable, .writable])
  }

  /// Whether it will take another call.
  var takesCalls: Bool { !isClosed && (isConnecting || http2.takesRequests) }

  var http2: HTTP2Session { unsafeDowncast(session, to: HTTP2Session.self) }

  override func ready(_ events: IOEvents) {
    if isConnecting {
      var error: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)
      if error != 0 {
        closeReason = "cannot connect: \(String(cString: strerror(error)))"
        return close()
      }
      isConnecting = false
      loop.modify(self, events: .readable)
      return needsFlush()
    }
    super.ready(events)
  }

  override func turnEnded() { if !isConnecting { super.turnEnded() } }

  override func connectionClosed() { ended(self) }
}
