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
  private(set) lazy var peer = Peer(socket: fd)
  private var greetingTimer: Timer?
  private var drainTimer: Timer?
  private(set) var isDraining = false

  init(server: RPCServer, loop: EventLoop, fd: Int32, tls: TLSSession?) {
    self.server = server
    super.init(loop: loop, fd: fd, tls: tls)
    begin(events: .readable)
    let timer = Timer { [unowned self] in if session?.hasGreeted != true { close() } }
    greetingTimer = timer
    loop.schedule(timer, after: Self.greetingTimeMax)
  }

  override func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if session == nil { speak(HTTP2Session(servingOn: self, limits: server.limits)) }
    return session.received(bytes)
  }

  override func openStream() -> HTTPStream? {
    server.callBegan()
    guard let call = buffers.idleCalls.popLast() else { return Call(on: self) }
    call.begin(on: self)
    return call
  }

  /// A call that neither its handler nor anybody else holds serves the next caller.
  override func reclaim(_ stream: consuming HTTPStream) {
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
    guard let session else { return close() }
    session.announceGoingAway()
    needsFlush()
    for case let call as Call in session.streams where call.isEndless { call.depart() }
    let timer = Timer { [unowned self] in
      session.goAway()
      needsFlush()
    }
    drainTimer = timer
    loop.schedule(timer, after: Self.goingAwayNotice)
  }
}
