internal import CLinux
internal import CNGHTTP2
internal import EventLoop
internal import Glibc

/// One HTTP/2 connection, either side of it: a socket, perhaps TLS, and an nghttp2 session. Confined to its loop.
///
/// What a turn of the loop produces is gathered and written once, when the turn ends.
class Connection: IOSource {
  /// Bytes of a connection's receive window: what all its streams may have on the way or unread together.
  static let receiveWindowBytes: Int32 = 16 * 1024 * 1024
  final let loop: EventLoop
  final let buffers: LoopBuffers
  final let fd: Int32
  final let tls: TLSSession?
  final private(set) var session: OpaquePointer!
  /// Frames that the socket would not take.
  private var unsent = ByteBuffer()
  private var waitsForRoom = false
  final private(set) var isClosed = false
  /// Why it was closed, for those whose calls ended with it.
  final var closeReason = "the connection was lost"
  /// Inside nghttp2's receive function, where the session must not be freed.
  private var isReceiving = false
  private var closeAfterReceive = false
  /// Connection window to give back at the end of the turn.
  private var windowToReturn = 0
  // One-entry cache in front of nghttp2's map from ids to streams.
  private var lastID: Int32 = -1
  private var lastStream: Unmanaged<HTTP2Stream>?
  private var firstStream: HTTP2Stream?
  /// The other side's SETTINGS have arrived: it speaks HTTP/2.
  final var hasGreeted = false

  /// Takes over `fd`, a connected or connecting non-blocking socket.
  init(loop: EventLoop, fd: Int32, tls: TLSSession?) {
    self.loop = loop
    buffers = LoopBuffers.of(loop)
    self.fd = fd
    self.tls = tls
    super.init()
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { if let session { nghttp2_session_del(session) } }

  /// To be called once by the subclass, with the session it made.
  final func begin(_ session: OpaquePointer, events: IOEvents) {
    self.session = session
    if !loop.add(self, fd: fd, events: events) { return close() }
    needsFlush()
  }

  // MARK: Streams

  /// A stream that the other side opens; nil refuses it.
  func openStream(id: Int32) -> HTTP2Stream? { nil }
  /// A stream has ended; whoever holds nothing of it any more may use its memory again.
  func reclaim(_ stream: consuming HTTP2Stream) {}
  /// The connection is gone, all its streams have been told.
  func connectionClosed() {}
  /// Streams whose messages are to be handled now that nghttp2 has returned.
  func afterReceive() {}

  final func attach(_ stream: HTTP2Stream, id: Int32) {
    stream.connection = self
    stream.id = id
    stream.isOpen = true
    stream.previous = nil
    stream.next = firstStream
    firstStream?.previous = stream
    firstStream = stream
    nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
    lastID = id
    lastStream = Unmanaged.passUnretained(stream)
  }

  /// Calls `body` with an open stream, which the list of open streams keeps alive: nil when there is no such stream.
  @inline(__always)
  final func withStream<R>(_ id: Int32, _ body: (HTTP2Stream) -> R) -> R? {
    if id != lastID || lastStream == nil {
      guard let pointer = nghttp2_session_get_stream_user_data(session, id) else { return nil }
      lastID = id
      lastStream = Unmanaged.fromOpaque(pointer)
    }
    return lastStream?._withUnsafeGuaranteedRef(body)
  }

  /// Ends a stream: out of the list, which held it, then told. The caller may not have counted its reference, so it is
  /// held here until it has been told.
  final func detach(_ stream: HTTP2Stream, errorCode: UInt32) {
    let held = Unmanaged.passRetained(stream)
    defer { reclaim(held.takeRetainedValue()) }
    if stream.id == lastID {
      lastID = -1
      lastStream = nil
    }
    stream.isOpen = false
    if stream.unconsumed > 0 { windowToReturn += stream.unconsumed }
    stream.unconsumed = 0
    let next = stream.next
    stream.next = nil
    next?.previous = stream.previous
    if let previous = stream.previous { previous.next = next } else { firstStream = next }
    stream.previous = nil
    stream.closed(errorCode: errorCode)
  }

  /// The streams that are open now.
  final var streams: [HTTP2Stream] {
    var open: [HTTP2Stream] = []
    var candidate = firstStream
    while let stream = candidate {
      open.append(stream)
      candidate = stream.next
    }
    return open
  }

  /// Ends a stream whose request nghttp2 could not send.
  final func detach(unsent id: Int32) {
    var candidate = firstStream
    while let stream = candidate, stream.id != id { candidate = stream.next }
    if let stream = candidate { detach(stream, errorCode: NGHTTP2_REFUSED_STREAM.rawValue) }
  }

  final func consumed(_ count: Int, on stream: Int32?) {
    windowToReturn += count
    if let stream { nghttp2_session_consume_stream(session, stream, count) }
    needsFlush()
  }

  // MARK: Reading

  @inline(__always) final func needsFlush() { loop.atTurnEnd(self) }

  override func ready(_ events: IOEvents) {
    if events.contains(.writable) {
      if waitsForRoom {
        waitsForRoom = false
        loop.modify(self, events: .readable)
      }
      needsFlush()
    }
    if !events.isDisjoint(with: [.readable, .broken]) { readAll() }
  }

  private func readAll() {
    // One buffer a turn: a fast sender must not keep the loop from its other connections.
    let count = recv(fd, buffers.received.baseAddress, buffers.received.count, 0)
    if count > 0 {
      receive(UnsafeRawBufferPointer(rebasing: buffers.received[..<count]))
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      close()
    }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    guard let tls else { return deliver(bytes) }
    do {
      tls.feed(bytes)
      while !isClosed {
        let count = try tls.read(into: buffers.plaintext)
        if count == 0 { break }
        deliver(UnsafeRawBufferPointer(rebasing: buffers.plaintext[..<count]))
      }
      needsFlush()
    } catch {
      closeReason = "\(error)"
      sendAlert(tls)
      close()
    }
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    isReceiving = true
    let taken = nghttp2_session_mem_recv(session, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    isReceiving = false
    if closeAfterReceive || taken < 0 { return closeAfterError(taken) }
    afterReceive()
    needsFlush()
  }

  /// What nghttp2 calls fatal (a bad preface, out of memory) ends the connection, after the GOAWAY it may have left.
  private func closeAfterError(_ code: Int) {
    if code < 0 && !closeAfterReceive { nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR.rawValue) }
    closeAfterReceive = false
    turnEnded()
    close()
  }

  // MARK: Writing

  override func turnEnded() {
    if isClosed { return }
    if windowToReturn > 0 {
      nghttp2_session_consume_connection(session, windowToReturn)
      windowToReturn = 0
    }
    while !waitsForRoom && writeUnsent() && gather() {}
    if isClosed || waitsForRoom { return }
    if nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 { close() }
  }

  /// Takes frames from nghttp2, at most ``LoopBuffers/sendBytes``, and writes them.
  /// - Returns: whether there may be more.
  private func gather() -> Bool {
    buffers.outgoing.removeAll()
    var more = false
    var frame: UnsafePointer<UInt8>?
    while true {
      let count = nghttp2_session_mem_send(session, &frame)
      if count < 0 {
        close()
        return false
      }
      if count == 0 { break }
      buffers.outgoing.append(frame.unsafelyUnwrapped, count)
      if buffers.outgoing.count >= LoopBuffers.sendBytes {
        more = true
        break
      }
    }
    return transmit() && more
  }

  /// Writes what was gathered; what the socket does not take waits in `unsent`.
  private func transmit() -> Bool {
    if let tls {
      do {
        if !buffers.outgoing.isEmpty { try tls.write(buffers.outgoing.bytes) }
      } catch {
        close()
        return false
      }
      return writeUnsent()
    }
    if buffers.outgoing.isEmpty { return true }
    guard let sent = sendNow(buffers.outgoing.start, buffers.outgoing.count) else { return false }
    if sent == buffers.outgoing.count { return true }
    unsent.append(buffers.outgoing.start + sent, buffers.outgoing.count - sent)
    waitForRoom()
    return false
  }

  /// - Returns: whether nothing is left that the socket has not taken.
  private func writeUnsent() -> Bool {
    if let tls {
      while tls.outgoing.count > 0, let start = tls.outgoing.start {
        guard let sent = sendNow(start, tls.outgoing.count) else { return false }
        tls.outgoing.consume(sent)
        if tls.outgoing.count > 0 {
          waitForRoom()
          return false
        }
      }
      return true
    }
    if unsent.isEmpty { return true }
    guard let sent = sendNow(unsent.start, unsent.count) else { return false }
    unsent.consume(sent)
    if !unsent.isEmpty {
      waitForRoom()
      return false
    }
    unsent.reset(keepBytes: 0)
    return true
  }

  /// Bytes that the socket took, or nil when it is broken and now closed.
  private func sendNow(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
    let sent = send(fd, start, count, Int32(MSG_NOSIGNAL))
    if sent >= 0 { return sent }
    if errno == EAGAIN || errno == EINTR { return 0 }
    close()
    return nil
  }

  private func waitForRoom() {
    waitsForRoom = true
    loop.modify(self, events: [.readable, .writable])
  }

  private func sendAlert(_ tls: TLSSession) {
    if tls.outgoing.count > 0, let start = tls.outgoing.start { _ = sendNow(start, tls.outgoing.count) }
  }

  // MARK: The end

  /// Ends the connection at once; its streams are told.
  final func close() {
    if isClosed { return }
    if isReceiving {
      closeAfterReceive = true
      return
    }
    isClosed = true
    loop.remove(self)
    if let tls {
      tls.shutdown()
      if tls.outgoing.count > 0, let start = tls.outgoing.start {
        _ = send(fd, start, tls.outgoing.count, Int32(MSG_NOSIGNAL))
      }
    }
    Glibc.close(fd)
    while let stream = firstStream { detach(stream, errorCode: NGHTTP2_CANCEL.rawValue) }
    connectionClosed()
  }
}
