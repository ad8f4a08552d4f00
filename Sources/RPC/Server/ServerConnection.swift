internal import CNGHTTP2
internal import EventLoop
internal import Glibc

/// A connection that a caller opened.
final class ServerConnection: Connection {
  /// How long a caller may take to send HTTP/2's preface and settings, with TLS its handshake.
  private static let greetingTimeMax = Duration.seconds(10)
  /// How long a caller's frames may still cross our notice that we are going.
  private static let goingAwayNotice = Duration.milliseconds(500)

  let server: RPCServer
  /// Calls whose handlers start once nghttp2 has returned.
  var ready: [Call] = []
  private var greetingTimer: Timer?
  private var drainTimer: Timer?
  private(set) var isDraining = false

  init(server: RPCServer, loop: EventLoop, fd: Int32, tls: TLSSession?) {
    self.server = server
    super.init(loop: loop, fd: fd, tls: tls)
    var session: OpaquePointer!
    nghttp2_session_server_new3(
      &session, SessionCallbacks.shared.pointer, Unmanaged.passUnretained(self).toOpaque(),
      SessionOptions.server.pointer,
      buffers.memory.allocator)
    let limits = server.limits
    let settings = [
      (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streamsPerConnectionMax),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindowBytes),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerBytesMax),
      (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
    ].map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: UInt32($0.1)) }
    nghttp2_submit_settings(session, 0, settings, settings.count)
    nghttp2_session_set_local_window_size(session, 0, 0, Self.receiveWindowBytes)
    begin(session, events: .readable)
    let timer = Timer { [unowned self] in if !hasGreeted { close() } }
    greetingTimer = timer
    loop.schedule(timer, after: Self.greetingTimeMax)
  }

  override func openStream(id: Int32) -> HTTP2Stream? {
    server.callBegan()
    guard let call = buffers.idleCalls.popLast() else { return Call(on: self) }
    call.begin(on: self)
    return call
  }

  /// A call that neither its handler nor anybody else holds serves the next caller.
  override func reclaim(_ stream: consuming HTTP2Stream) {
    guard buffers.idleCalls.count < LoopBuffers.idleCallsMax, isKnownUniquelyReferenced(&stream) else { return }
    let call = unsafeDowncast(stream, to: Call.self)
    call.reset()
    buffers.idleCalls.append(call)
  }

  override func afterReceive() {
    if ready.isEmpty { return }
    let calls = ready
    ready.removeAll(keepingCapacity: true)
    for call in calls { call.run() }
  }

  override func connectionClosed() {
    greetingTimer?.cancel()
    drainTimer?.cancel()
    greetingTimer = nil
    drainTimer = nil
    server.connectionEnded(self)
  }

  /// Takes no new calls, ends the endless ones, and closes when the others have ended: GOAWAY with the highest id
  /// first, so that calls already on their way are still taken, then the true last one (RFC 9113, section 6.8).
  func drain() {
    if isDraining || isClosed { return }
    isDraining = true
    nghttp2_submit_shutdown_notice(session)
    needsFlush()
    for case let call as Call in streams where call.isEndless { call.depart() }
    let timer = Timer { [unowned self] in
      nghttp2_submit_goaway(
        session, 0, nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR.rawValue, nil, 0)
      needsFlush()
    }
    drainTimer = timer
    loop.schedule(timer, after: Self.goingAwayNotice)
  }
}

/// How nghttp2 is to behave.
struct SessionOptions: @unchecked Sendable {
  /// Acknowledgements that may wait for a caller that does not read.
  private static let unsentAcknowledgementsMax = 1000
  /// Settings a peer may send in one frame.
  private static let settingsPerFrameMax = 32

  let pointer: OpaquePointer

  static let server = SessionOptions { options in
    nghttp2_option_set_max_outbound_ack(options, unsentAcknowledgementsMax)
    nghttp2_option_set_max_settings(options, settingsPerFrameMax)
  }
  static let client = SessionOptions { options in
    nghttp2_option_set_max_settings(options, settingsPerFrameMax)
  }

  private init(_ configure: (OpaquePointer) -> Void) {
    var options: OpaquePointer!
    precondition(nghttp2_option_new(&options) == 0, "no memory for HTTP/2")
    pointer = options
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_no_auto_window_update(options, 1)
    configure(options)
  }
}
