internal import CNGHTTP2
internal import EventLoop
internal import Glibc

/// A connection that a channel opened. Calls may be started before it is established: their frames wait.
final class ClientConnection: Connection {
  /// What the server may send ahead of one call's reader, in bytes.
  private static let streamWindowBytes: UInt32 = 1024 * 1024

  private var isConnecting = true
  private let ended: (ClientConnection) -> Void

  /// Takes over `fd`, whose connecting has begun. `ended` is called once, when the connection is gone.
  init(loop: EventLoop, fd: Int32, tls: TLSSession?, ended: @escaping (ClientConnection) -> Void) {
    self.ended = ended
    super.init(loop: loop, fd: fd, tls: tls)
    var session: OpaquePointer!
    nghttp2_session_client_new3(
      &session, SessionCallbacks.shared.pointer, Unmanaged.passUnretained(self).toOpaque(),
      SessionOptions.client.pointer,
      buffers.memory.allocator)
    let settings = [
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: Self.streamWindowBytes),
    ]
    nghttp2_submit_settings(session, 0, settings, settings.count)
    nghttp2_session_set_local_window_size(session, 0, 0, Self.receiveWindowBytes)
    begin(session, events: [.readable, .writable])
  }

  /// Whether it will take another call.
  var takesCalls: Bool { !isClosed && (isConnecting || nghttp2_session_check_request_allowed(session) != 0) }

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
