internal import CLinux
internal import EventLoop
internal import Glibc

/// A socket, its optional TLS session, and the HTTP session on it, of a server or a client. Confined to its loop.
///
/// It gathers what a turn of the loop produces, and writes it once at the end of the turn.
class Connection: IOSource {
  final let loop: EventLoop
  final let buffers: LoopBuffers
  final let fd: Int32
  final let tls: TLSSession?
  /// The protocol's session; a server's connection detects the protocol by the first bytes.
  final private(set) var session: HTTPSession!
  /// Bytes that were read and wait for the next turn.
  private var undelivered = ByteBuffer()
  /// Bytes that the socket would not take.
  private var unsent = ByteBuffer()
  final private(set) var waitsForRoom = false
  /// Since when the other side was found to owe us something; 0 as soon as bytes move. See ``StallWatch``.
  final var stillSince: Int64 = 0
  /// The session wants no more bytes for now, so TCP flow control stops the other side.
  final var pausesReading = false {
    didSet { if pausesReading != oldValue { watch() } }
  }
  /// The other side has ended its half: it sends nothing more, and may still read.
  final private(set) var hasInputEnded = false
  /// The kernel has reported the end of the input; bytes before it may be unread.
  private var isEndAnnounced = false
  final private(set) var isClosed = false
  /// Why it was closed, for those whose calls ended with it.
  final var closeReason = "the connection was lost"
  /// Inside the session's receive function, where it must not be freed.
  private var isReceiving = false
  private var closeAfterReceive = false
  /// The connection ends when the gathered bytes are sent.
  private var isEnding = false
  /// Everything is said; what still comes is not listened to.
  final private(set) var isFinished = false
  private var finishTimer: Timer?

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

  /// Probes without an answer after which TCP gives the other side up.
  private static let probesMax = 4

  /// Has TCP ask the other side whether it is there, once it has been silent for `silence`; without an answer within
  /// `patience`, the connection is broken.
  final func askByTCP(after silence: Duration, until patience: Duration) {
    let probes = Self.probesMax
    let options = [
      (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, max(1, Int(silence.components.seconds))),
      (Int32(IPPROTO_TCP), TCP_KEEPINTVL, max(1, Int(patience.components.seconds) / probes)),
      (Int32(IPPROTO_TCP), TCP_KEEPCNT, probes),
    ]
    for (level, name, value) in options {
      var value = Int32(clamping: value)
      setsockopt(fd, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  /// To be called once by the subclass, when it is made.
  final func begin(events: IOEvents) {
    if !loop.add(self, fd: fd, events: events) { return close() }
    needsFlush()
  }

  /// To be called once by the subclass, when it knows what is spoken.
  final func speak(_ session: HTTPSession) {
    self.session = session
    needsFlush()
  }

  // MARK: For subclasses

  /// Bytes arrived, in clear text.
  /// - Returns: false when the connection must end, once what is left to say has been sent.
  func received(_ bytes: UnsafeRawBufferPointer) -> Bool { session.received(bytes) }
  /// A stream for what the other side begins; nil refuses it.
  func openStream() -> HTTPStream? { nil }
  /// A stream has ended. Its memory may be reused once nothing refers to it.
  func reclaim(_ stream: consuming HTTPStream) {}
  /// Handles messages of streams, after the session has returned.
  func afterReceive() {}
  /// The other side's settings have arrived, the first ones or changed ones.
  func peerGreeted() {}
  /// The other side has sent a PING.
  func peerPinged() {}
  /// The other side has answered the PING after the announcement of the connection's end.
  func peerKnowsThatWeLeave() {}
  /// The other side sends nothing after what is not read yet, perhaps because it is gone.
  func inputEnds() {}
  /// All bytes of the other side have been read.
  /// - Returns: whether there is more to send; otherwise the connection closes.
  func inputEnded() -> Bool { false }
  /// The first of the streams that are open now has begun.
  func becameBusy() {}
  /// The last open stream has ended.
  func becameIdle() {}
  /// The other side takes no more streams, by HTTP/2's GOAWAY.
  func peerLeaves(errorCode: UInt32, reason: String) {}
  /// The connection ends; its streams are notified next. May be called more than once.
  func connectionEnds() {}
  /// The connection is closed, and all its streams were notified.
  func connectionClosed() {}

  // MARK: Reading

  @inline(__always) final func needsFlush() { loop.atTurnEnd(self) }

  override func ready(_ events: IOEvents) {
    if events.contains(.writable) {
      if waitsForRoom {
        waitsForRoom = false
        watch()
      }
      needsFlush()
    }
    if pausesReading || hasInputEnded {
      if !events.isDisjoint(with: .broken) { return close() }
      if events.contains(.ended) { return announceEnd() }
    }
    if !events.isDisjoint(with: [.readable, .broken]) { readAll() }
  }

  /// Continues work that was paused.
  override func goOn() {
    if isClosed || isFinished { return }
    var waiting = ByteBuffer()
    swap(&waiting, &undelivered)
    if !waiting.isEmpty { deliver(waiting.bytes) }
    if tls != nil && undelivered.isEmpty && !isClosed && !isFinished { decrypt() }
    needsFlush()
  }

  private func readAll() {
    if isFinished { return drop() }
    if isContinued { return }
    // One buffer a turn: a fast sender must not keep the loop from its other connections.
    let count = recv(fd, buffers.received.baseAddress, buffers.received.count, 0)
    if count > 0 {
      if !waitsForRoom { stillSince = 0 }
      receive(UnsafeRawBufferPointer(rebasing: buffers.received[..<count]))
    } else if count == 0 {
      endInput()
    } else if errno != EAGAIN && errno != EINTR {
      close()
    }
  }

  private func announceEnd() {
    if isEndAnnounced { return }
    isEndAnnounced = true
    inputEnds()
    watch()
  }

  /// A peer that closes its half of the connection still gets its answers.
  private func endInput() {
    if isClosed || hasInputEnded { return }
    hasInputEnded = true
    inputEnds()
    if !inputEnded() { return close() }
    watch()
    needsFlush()
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    guard let tls else { return deliver(bytes) }
    tls.feed(bytes)
    decrypt()
  }

  private func decrypt() {
    guard let tls else { return }
    do throws(TLSError) {
      while !isClosed && !isFinished {
        if !undelivered.isEmpty || loop.isPieceOver {
          try tls.keepUnread()
          return loop.atNextTurn(self)
        }
        let count = try tls.read(into: buffers.plaintext)
        if count == 0 { break }
        deliver(UnsafeRawBufferPointer(rebasing: buffers.plaintext[..<count]))
      }
      needsFlush()
    } catch {
      if error == .closedByPeer { return endInput() }
      closeReason = "\(error)"
      sendAlert(tls)
      close()
    }
  }

  /// Bytes that are handled between two looks at the clock: a kilobyte may hold a hundred calls.
  private static let deliveredBytesMax = 1024

  /// Hands over what was received, as far as one turn allows.
  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    var goesOn = true
    isReceiving = true
    repeat {
      let count = min(rest.count, Self.deliveredBytesMax)
      goesOn = received(UnsafeRawBufferPointer(rebasing: rest[..<count]))
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    } while goesOn && !closeAfterReceive && !rest.isEmpty && !loop.isPieceOver
    isReceiving = false
    if goesOn && !closeAfterReceive {
      if let start = rest.baseAddress, !rest.isEmpty {
        undelivered.append(start, rest.count)
        loop.atNextTurn(self)
      }
      afterReceive()
      return needsFlush()
    }
    closeAfterReceive = false
    isEnding = true
    turnEnded()
    finish()
  }

  // MARK: Writing

  override func turnEnded() {
    if isClosed || isFinished { return }
    while !waitsForRoom && writeUnsent() && gather() {
      if loop.isPieceOver && !isEnding { return loop.atNextTurn(self) }
    }
    if isClosed || waitsForRoom { return }
    if let session, session.isDone { finish() }
  }

  /// Takes what the session has to send, about ``LoopBuffers/sendBytes`` at most, and writes it.
  /// - Returns: whether there may be more.
  private func gather() -> Bool {
    buffers.outgoing.removeAll()
    let more = session?.gather() ?? false
    return !isClosed && transmit() && more
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
    if sent >= 0 {
      stillSince = 0
      return sent
    }
    if errno == EAGAIN || errno == EINTR { return 0 }
    close()
    return nil
  }

  private func waitForRoom() {
    waitsForRoom = true
    watch()
  }

  private func watch() {
    var events: IOEvents = pausesReading ? .ended : .readable
    if hasInputEnded || (pausesReading && isEndAnnounced) { events = [] }
    if waitsForRoom { events.insert(.writable) }
    loop.modify(self, events: events)
  }

  private func sendAlert(_ tls: TLSSession) {
    if tls.outgoing.count > 0, let start = tls.outgoing.start { _ = sendNow(start, tls.outgoing.count) }
  }

  // MARK: The end

  /// The time that the other side has to read the last bytes and to close, too.
  private static let finishTimeMax = Duration.seconds(1)

  /// Ends the connection when all gathered bytes have been sent. Its streams are notified now. The socket closes when
  /// the other side has closed: closing it while bytes of the other side are unread would reset the connection, and the
  /// last bytes would be lost.
  final func finish() {
    if isClosed || isFinished { return }
    if isReceiving || waitsForRoom { return close() }
    isFinished = true
    if let tls {
      tls.shutdown()
      _ = writeUnsent()
      if isClosed { return }
    }
    connectionEnds()
    session?.connectionClosed()
    if shutdown(fd, Int32(SHUT_WR)) != 0 { return close() }
    loop.modify(self, events: .readable)
    let timer = Timer { [unowned self] in close() }
    finishTimer = timer
    loop.schedule(timer, after: Self.finishTimeMax)
  }

  private func drop() {
    let count = recv(fd, buffers.received.baseAddress, buffers.received.count, 0)
    if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { close() }
  }

  /// Ends the connection at once, and notifies its streams.
  final func close() {
    if isClosed { return }
    if isReceiving {
      closeAfterReceive = true
      return
    }
    isClosed = true
    finishTimer?.cancel()
    finishTimer = nil
    loop.remove(self)
    if let tls, !isFinished {
      tls.shutdown()
      if tls.outgoing.count > 0, let start = tls.outgoing.start {
        _ = send(fd, start, tls.outgoing.count, Int32(MSG_NOSIGNAL))
      }
    }
    Glibc.close(fd)
    connectionEnds()
    if !isFinished { session?.connectionClosed() }
    connectionClosed()
  }
}
