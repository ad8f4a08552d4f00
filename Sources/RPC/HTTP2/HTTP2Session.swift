internal import CNGHTTP2
internal import EventLoop

/// HTTP/2 on a connection, of a server or a client, by nghttp2.
final class HTTP2Session: HTTPSession {
  /// Bytes of a connection's receive window: what all its streams may have on the way or unread together.
  private static let receiveWindowBytes: Int32 = 16 * 1024 * 1024

  /// The payload of the PING that follows the announcement of the connection's end.
  private static let goingAwayPing = Array("going on".utf8)
  /// Frames that are gathered between two looks at the clock.
  private static let framesPerClockRead = 64
  /// Frames that may wait to be sent: far more than the streams of a connection need.
  private static let unsentFramesMax = 10_000

  private(set) var session: OpaquePointer!
  /// Of a server: counts what callers do to no use.
  private let isServer: Bool
  var flood = FloodGuard()
  /// The stream that the caller reset last.
  private var lastResetID: Int32 = -1
  /// The reason to end the connection before more is read.
  var excess: FloodGuard.Excess?
  var headerBlock = HeaderBlockSize()
  /// Connection window to give back at the end of the turn.
  private var windowToReturn = 0
  /// The other side has been left because it sends nothing more.
  private var hasLeft = false
  // One-entry cache in front of nghttp2's map from ids to streams.
  private var lastID: Int32 = -1
  private var lastStream: Unmanaged<HTTPStream>?
  /// Headers or data went out since the flag was last lowered.
  var hasAnswered = false

  /// The server's side.
  init(servingOn connection: Connection, limits: RPCLimits) {
    isServer = true
    headerBlock = HeaderBlockSize(limits)
    super.init(on: connection)
    nghttp2_session_server_new3(
      &session, SessionCallbacks.shared.pointer, Unmanaged.passUnretained(self).toOpaque(),
      SessionOptions.server.pointer, buffers.memory.allocator)
    begin([
      (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streamsPerConnectionMax),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.requestHeadStartBytes),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerBytesMax),
      (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
    ])
  }

  /// The client's side.
  init(callingOn connection: Connection, limits: ClientLimits) {
    isServer = false
    super.init(on: connection)
    nghttp2_session_client_new3(
      &session, SessionCallbacks.shared.pointer, Unmanaged.passUnretained(self).toOpaque(),
      SessionOptions.client.pointer, buffers.memory.allocator)
    begin([
      (NGHTTP2_SETTINGS_ENABLE_PUSH, 0),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindowBytes),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerBytesMax),
    ])
  }

  deinit { nghttp2_session_del(session) }

  private func begin(_ settings: [(id: nghttp2_settings_id, value: Int)]) {
    let entries = settings.map {
      nghttp2_settings_entry(settings_id: Int32($0.id.rawValue), value: UInt32(clamping: $0.value))
    }
    nghttp2_submit_settings(session, 0, entries, entries.count)
    nghttp2_session_set_local_window_size(session, 0, 0, Self.receiveWindowBytes)
  }

  // MARK: For the connection

  override func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if excess == nil && isServer { excess = flood.examine(bytes, now: loop.now) }
    if let excess { return end(excess) }
    let taken = nghttp2_session_mem_recv(session, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    if let excess { return end(excess) }
    if taken == Int(NGHTTP2_ERR_FLOODED.rawValue) { return end(.unsentFrames) }
    if taken >= 0 {
      return nghttp2_session_get_outbound_queue_size(session) <= Self.unsentFramesMax || end(.unsentFrames)
    }
    // nghttp2's fatal errors (a bad preface, out of memory) end the connection with a GOAWAY.
    nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR.rawValue)
    return false
  }

  /// Ends the connection of a caller that exceeds a limit, with the reason.
  /// - Returns: false, as ``received(_:)`` has to.
  private func end(_ excess: FloodGuard.Excess) -> Bool {
    connection.closeReason = "too many \(excess.rawValue)"
    let lastID = nghttp2_session_get_last_proc_stream_id(session)
    var reason = connection.closeReason
    reason.withUTF8 {
      _ = nghttp2_submit_goaway(session, 0, lastID, NGHTTP2_ENHANCE_YOUR_CALM.rawValue, $0.baseAddress, $0.count)
    }
    return false
  }

  override var owesBytes: Bool { flood.isUnfinished }

  override func gather() -> Bool {
    if windowToReturn > 0 {
      nghttp2_session_consume_connection(session, windowToReturn)
      windowToReturn = 0
    }
    var frame: UnsafePointer<UInt8>?
    var frames = 0
    while buffers.outgoing.count < LoopBuffers.sendBytes {
      frames &+= 1
      if frames % Self.framesPerClockRead == 0 && loop.isPieceOver { return true }
      let count = nghttp2_session_mem_send(session, &frame)
      if count < 0 { connection.close() }
      if count == 0 && (resetUnreadable() || leaveSilentPeer()) { continue }
      if count <= 0 { return false }
      buffers.outgoing.append(frame.unsafelyUnwrapped, count)
    }
    return true
  }

  /// The PING is not answered: to a side that has closed its socket altogether it brings a reset of the connection, by
  /// which its calls end.
  override func inputEnded() {
    for stream in streams where !stream.peerEnded { reset(stream, NGHTTP2_CANCEL) }
    ping()
  }

  /// Ends the session, once, with a side that has sent all that it will, and got all that it waits for.
  /// - Returns: whether there is something to send now.
  private func leaveSilentPeer() -> Bool {
    if hasLeft || hasStreams || !withConnection({ $0.hasInputEnded }) { return false }
    hasLeft = true
    goAway()
    return true
  }

  /// Ends the streams of a side that sends nothing more which its windows have no place for: they would never get any.
  /// - Returns: whether there were such.
  private func resetUnreadable() -> Bool {
    if !withConnection({ $0.hasInputEnded }) { return false }
    let isFull = nghttp2_session_get_remote_window_size(session) <= 0
    let unreadable = streams.filter {
      !$0.outgoing.isEmpty && (isFull || nghttp2_session_get_stream_remote_window_size(session, $0.id) <= 0)
    }
    for stream in unreadable { reset(stream, NGHTTP2_CANCEL) }
    return !unreadable.isEmpty
  }

  override var isDone: Bool {
    nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
  }

  override var windows: FlowControlWindows? {
    FlowControlWindows(
      ours: Int(nghttp2_session_get_remote_window_size(session)),
      theirs: Int(nghttp2_session_get_local_window_size(session)))
  }

  /// Sends GOAWAY with the highest id first, so that calls that are on their way are accepted (RFC 9113, section 6.8).
  /// The answer to the PING after it shows that the other side has read it, and that all calls that it began before
  /// have arrived.
  override func announceGoingAway() {
    nghttp2_submit_shutdown_notice(session)
    nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), Self.goingAwayPing)
  }

  override func goAway() {
    nghttp2_submit_goaway(
      session, 0, nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR.rawValue, nil, 0)
  }

  override func goAway(_ code: nghttp2_error_code, _ reason: StaticString) {
    let last = nghttp2_session_get_last_proc_stream_id(session)
    nghttp2_submit_goaway(session, 0, last, code.rawValue, reason.utf8Start, reason.utf8CodeUnitCount)
  }

  /// Asks the other side for a sign of life.
  func ping() { nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil) }

  /// A PING of the other side, which nghttp2 answers, or the answer to a PING of this side.
  func received(ping payload: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8), isAnswer: Bool) {
    guard isAnswer else { return connection.peerPinged() }
    let isGoingAway = withUnsafeBytes(of: payload) { $0.elementsEqual(Self.goingAwayPing) }
    if isGoingAway { connection.peerKnowsThatWeLeave() }
  }

  override func connectionClosed() {
    lastID = -1
    lastStream = nil
    super.connectionClosed()
  }

  // MARK: For the streams

  override func submit(response fields: HeaderFields, of stream: HTTPStream, endsStream: Bool) {
    if endsStream {
      nghttp2_submit_response(session, stream.id, fields.baseAddress, fields.count, nil)
    } else {
      var provider = Self.dataProvider(of: stream)
      nghttp2_submit_response(session, stream.id, fields.baseAddress, fields.count, &provider)
    }
  }

  override func submit(trailers fields: HeaderFields, of stream: HTTPStream) -> Bool {
    nghttp2_submit_trailer(session, stream.id, fields.baseAddress, fields.count) == 0
  }

  /// Opens a stream with a request's header fields.
  /// - Returns: false when the connection has no ids left or is going away.
  func submit(request fields: HeaderFields, of stream: HTTPStream) -> Bool {
    var provider = Self.dataProvider(of: stream)
    let pointer = Unmanaged.passUnretained(stream).toOpaque()
    let id = nghttp2_submit_request(session, nil, fields.baseAddress, fields.count, &provider, pointer)
    if id <= 0 { return false }
    attach(stream, id: id)
    return true
  }

  /// Whether a client may open another stream.
  var takesRequests: Bool { nghttp2_session_check_request_allowed(session) != 0 }

  /// Streams that the other side lets us have open at once.
  var streamsMax: Int {
    Int(nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
  }

  /// Whether a request has been sent, or no longer waits.
  func hasOpened(_ stream: HTTPStream) -> Bool { nghttp2_session_find_stream(session, stream.id) != nil }

  override func resume(_ stream: HTTPStream) { nghttp2_session_resume_data(session, stream.id) }

  override var sharesConnection: Bool { true }

  override func consumed(_ count: Int, of stream: HTTPStream) {
    windowToReturn += count
    returned(count, to: stream)
  }

  override func returned(_ count: Int, to stream: HTTPStream) {
    if stream.isOpen && !stream.peerEnded { nghttp2_session_consume_stream(session, stream.id, count) }
    needsFlush()
  }

  override func widen(_ stream: HTTPStream, by count: Int) {
    guard count > 0, stream.isOpen, !stream.peerEnded else { return }
    nghttp2_submit_window_update(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, Int32(clamping: count))
    needsFlush()
  }

  override func dropped(_ count: Int) {
    windowToReturn += count
    needsFlush()
  }

  override func reset(_ stream: HTTPStream, _ code: nghttp2_error_code) {
    nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
    needsFlush()
  }

  // MARK: Floods

  /// To be returned to nghttp2: it stops, and the connection ends.
  func stop(_ excess: FloodGuard.Excess) -> Int32 {
    self.excess = excess
    return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
  }

  func receivedReset(of id: Int32) -> Int32 {
    guard isServer else { return 0 }
    lastResetID = id
    let now = loop.now
    let excess = flood.receivedReset(ageNs: withStream(id) { now - $0.openedAt }, now: now)
    return excess.map(stop) ?? 0
  }

  func streamClosed(_ id: Int32, errorCode: UInt32) {
    if errorCode == NGHTTP2_NO_ERROR.rawValue && id != lastResetID { flood.callEnded() }
    _ = withStream(id) { detach($0, errorCode: errorCode) }
  }

  /// Resets that say that something was wrong count; those that only end a call early do not.
  func sentReset(_ code: UInt32) {
    let isMild = code == NGHTTP2_NO_ERROR.rawValue || code == NGHTTP2_CANCEL.rawValue
    guard isServer, !isMild, excess == nil else { return }
    excess = flood.sentReset(now: loop.now)
  }

  // MARK: The open streams

  func attach(_ stream: HTTPStream, id: Int32) {
    add(stream, id: id)
    nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
    lastID = id
    lastStream = Unmanaged.passUnretained(stream)
  }

  /// Calls `body` with an open stream, which the list of open streams keeps alive: nil when there is no such stream.
  @inline(__always)
  func withStream<R>(_ id: Int32, _ body: (HTTPStream) -> R) -> R? {
    if id != lastID || lastStream == nil {
      guard let pointer = nghttp2_session_get_stream_user_data(session, id) else { return nil }
      lastID = id
      lastStream = Unmanaged.fromOpaque(pointer)
    }
    return lastStream?._withUnsafeGuaranteedRef(body)
  }

  func detach(_ stream: HTTPStream, errorCode: UInt32) {
    if stream.id == lastID {
      lastID = -1
      lastStream = nil
    }
    windowToReturn += stream.unconsumed
    stream.unconsumed = 0
    remove(stream, errorCode: errorCode)
  }

  private static func dataProvider(of stream: HTTPStream) -> nghttp2_data_provider {
    var provider = nghttp2_data_provider()
    provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
    provider.read_callback = readOutgoing
    return provider
  }
}

/// Supplies nghttp2 with at most `length` bytes of a stream.
private let readOutgoing: nghttp2_data_source_read_callback = { _, _, target, length, flags, source, _ in
  Unmanaged<HTTPStream>.fromOpaque(source!.pointee.ptr)._withUnsafeGuaranteedRef { stream in
    let waiting = stream.outgoing.count
    if waiting == 0, let shared = stream.source, let target {
      let count = shared.fill(target, length)
      if count > 0 { return count }
    }
    if waiting == 0 && !stream.sendingEnded {
      stream.isDeferred = true
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
    let count = min(waiting, length)
    if count == waiting && stream.sendingEnded {
      flags!.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
      if stream.submitTrailers() { flags!.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue }
    }
    // The bytes go from the stream's buffer straight into the connection's: see the send callback.
    flags!.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    return count
  }
}
