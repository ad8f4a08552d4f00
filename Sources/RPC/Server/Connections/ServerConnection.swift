internal import EventLoop
internal import Glibc

/// A connection that a caller opened.
final class ServerConnection: Connection {
  let server: RPCServer
  /// Its id in channelz.
  let channelzID = ProcessServers.nextID()
  let registry: ConnectionRegistry
  /// The usage of the peer's address.
  let usage: PeerUsage
  var counters = ConnectionCounters()
  /// Calls whose handlers start once nghttp2 has returned.
  var ready: [Call] = []
  /// The calls that are being started: see ``startHandlers()``.
  var starting = StartingCalls()
  private(set) lazy var peer = Peer(socket: fd, certificate: tls?.peerCertificate)
  /// Bytes that do not tell yet what is spoken.
  private var greeting = ByteBuffer()
  var life: ConnectionLifecycle
  var pings = PingEnforcement()
  var lifeTimer: Timer?
  /// Ends the calls of a caller that has ended its half of the connection.
  var halfClosedTimer: Timer?
  private var stalls: StallSweep?
  /// Calls that the caller has reset and whose handlers have not ended yet.
  var abandonedCalls = 0
  /// The account of the memory of its calls' requests.
  private(set) lazy var requestMemory = RequestMemory(of: usage, in: server.heldRequests)
  /// The bytes of its calls' requests.
  var requests: RequestBudget
  /// Calls whose large requests wait for their turn.
  var waitingCalls: [Call] = []
  var unread: UnreadResponses

  init(server: RPCServer, loop: EventLoop, fd: Int32, tls: TLSSession?, usage: PeerUsage) {
    self.server = server
    self.usage = usage
    registry = server.registries[loop.index].value
    requests = RequestBudget(bytesMax: server.limits.heldRequestBytesMax)
    unread = UnreadResponses(
      bytesMax: server.limits.unreadResponseBytesMax, memory: ResponseMemory(of: usage, in: server.unreadResponses))
    life = ConnectionLifecycle(server.lifetime, bornAt: loop.now, jitter: .random(in: 0...1))
    super.init(loop: loop, fd: fd, tls: tls)
    begin(events: .readable)
    if isClosed { return }  // the kernel does not watch it: nothing may be set for later
    watchLife()
    stalls = StallSweep(self)
  }

  override func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
    life.heard(at: loop.now)
    if session != nil { return session.received(bytes) }
    // Clear text, and TLS without ALPN, show by their first bytes what they speak.
    if let start = bytes.baseAddress { greeting.append(start, bytes.count) }
    guard let isHTTP2 = tls?.negotiatedProtocol.map({ $0 == "h2" }) ?? HTTP2Preface.begins(greeting.bytes) else {
      return true
    }
    speak(
      isHTTP2
        ? HTTP2Session(servingOn: self, limits: server.limits)
        : HTTP1Session(servingOn: self, limits: server.limits))
    defer { greeting.reset(keepBytes: 0) }
    // It spoke after the other connections were drained: HTTP/1.1 learns it with its response, HTTP/2 after SETTINGS.
    if isDraining && !isHTTP2 { announceGoingAway() }
    let goesOn = session.received(greeting.bytes)
    if isDraining && isHTTP2 { announceGoingAway() }
    return goesOn
  }

  override func openStream() -> HTTPStream? {
    // Resetting a call frees its stream at once, but not its handler.
    guard abandonedCalls < server.limits.streamsPerConnectionMax, let admission = server.callBegan(usage) else {
      return nil
    }
    counters.streamStarted(at: loop.now)
    registry.calls.began(at: loop.now)
    guard let call = buffers.takeCall() else { return Call(on: self, admission) }
    call.begin(on: self, admission)
    return call
  }

  /// A call that neither its handler nor anybody else holds serves the next caller.
  override func reclaim(_ stream: consuming HTTPStream) {
    guard buffers.hasRoomForCall, isKnownUniquelyReferenced(&stream) else { return }
    let call = unsafeDowncast(consume stream, to: Call.self)
    call.reset()
    buffers.give(call)
  }

  override func afterReceive() { startHandlers() }

  override func goOn() {
    super.goOn()
    if !isClosed { startHandlers() }
  }

  /// Calls that could not start, because too much was unread, may now.
  override func turnEnded() {
    super.turnEnded()
    if unread.isCountedIn && !isClosed { unread.countIn(countUnread()) }
    if !isClosed && !isContinued { startHandlers() }
  }

  /// - Returns: whether the caller reads what it is sent, so that a response of `length` bytes may be added.
  func takesResponse(_ length: Int) -> Bool { isClosed || unread.take(length, countUnread) }

  func countUnread() -> Int {
    var bytes = 0
    var candidate = session?.firstStream
    while let stream = candidate {
      bytes += stream.outgoing.count
      candidate = stream.next?.takeUnretainedValue()
    }
    return bytes
  }

  override func peerGreeted() {
    let answersPings = session is HTTP2Session
    life.greeted(answersPings: answersPings)
    if !answersPings { askByTCP(after: server.lifetime.keepaliveInterval, until: server.lifetime.keepaliveTimeout) }
    watchLife()
  }

  override func inputEnds() { if halfClosedTimer == nil && session != nil { boundHalfClosed() } }

  override func inputEnded() -> Bool {
    guard let session, session.owesAnswers || waitsForRoom else { return false }
    session.inputEnded()
    return true
  }

  override func becameBusy() { life.becameBusy() }
  override func becameIdle() { life.becameIdle(at: loop.now) }
  override func peerPinged() { enforcePings() }
  override func peerKnowsThatWeLeave() { carryOut(life.announcementHeard()) }

  override func connectionClosed() {
    abandonReady()
    unread.countIn(0)
    stalls?.stop()
    lifeTimer?.cancel()
    lifeTimer = nil
    halfClosedTimer?.cancel()
    halfClosedTimer = nil
    server.connectionEnded(self)
  }
}
