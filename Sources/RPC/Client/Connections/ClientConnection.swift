internal import CNGHTTP2
internal import EventLoop
internal import Glibc

/// A connection of a channel. It accepts calls once the server has sent its SETTINGS.
final class ClientConnection: Connection {
  /// A connection that lasted for this time after the server's greeting counts as useful, even without calls.
  private static let steadyTime = Duration.seconds(10)

  private weak var channel: ChannelState?
  private let options: ChannelOptions
  private let address: ListenAddress
  /// The channel's slot for it, also after it stopped taking calls.
  var place: ConnectionSlot?
  private var isLinked = false
  /// When the server's settings arrived.
  private var greetedAt: Int64?
  private var hasAnswered = false
  /// No call may begin any more.
  private var isLeaving = false
  /// Whether the client ends it.
  private(set) var isDismissed = false
  private(set) var openCalls = 0
  private var idleSince: Int64
  private var watch: KeepAliveWatch?
  private var connectTimer: Timer?
  private var idleTimer: Timer?
  private var watchTimer: Timer?

  /// Begins to connect.
  init(to address: ListenAddress, tls: TLSContext?, of channel: ChannelState) throws {
    self.channel = channel
    options = channel.options
    self.address = address
    idleSince = channel.loop.now
    let fd = try address.connect()
    let encryption: TLSSession?
    do {
      encryption = try tls.map { try TLSSession(context: $0) }
    } catch {
      SocketClosing.close(fd)
      throw error
    }
    super.init(loop: channel.loop, fd: fd, tls: encryption)
    speak(HTTP2Session(callingOn: self, limits: options.limits))
    begin(events: [.readable, .writable])
    connectTimer = start(after: options.connectTimeout) { [unowned self] in
      closeReason = "cannot connect to \(address): no answer within \(options.connectTimeout)"
      close()
    }
  }

  var http2: HTTP2Session { unsafeDowncast(session, to: HTTP2Session.self) }

  /// Whether the server's settings have arrived.
  var isReady: Bool { greetedAt != nil }

  /// Whether it was useful: a call was answered, or it lasted for a while. A greeting alone is not enough: a server
  /// that greets and closes would cause endless reconnects. (gRPC's `connection-backoff.md` requires only the
  /// greeting.)
  var hasProvedItself: Bool {
    hasAnswered || greetedAt.map { loop.now - $0 >= Self.steadyTime.nanoseconds } ?? false
  }

  /// Whether it is on its way to take calls.
  var isConnecting: Bool { !isReady && !isClosed && !isFinished }

  /// Whether it takes another call now.
  var hasRoom: Bool {
    isReady && !isLeaving && !isClosed && !isFinished && openCalls < http2.streamsMax && http2.takesRequests
  }

  /// A call's stream begins.
  func callBegins() { openCalls += 1 }

  /// The answer to a call has begun, perhaps when the server has said already that it leaves.
  @inline(__always)
  func callAnswered() {
    if hasAnswered { return }
    hasAnswered = true
    place?.reconnecting.succeeded()
  }

  override func reclaim(_ stream: consuming HTTPStream) {
    openCalls -= 1
    if openCalls == 0 { idleSince = loop.now }
    channel?.reclaim(stream)
    if !isClosed && !isFinished { channel?.dispatch() }
  }

  // MARK: From the socket

  override func ready(_ events: IOEvents) {
    if !isLinked {
      var error: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)
      if error != 0 {
        closeReason = "cannot connect to \(address): \(String(cString: strerror(error)))"
        return close()
      }
      isLinked = true
      loop.modify(self, events: .readable)
      return needsFlush()
    }
    if events.contains(.readable) && watch?.heard(now: loop.now) == true { checkAlive() }
    super.ready(events)
  }

  override func turnEnded() { if isLinked { super.turnEnded() } }

  override func peerGreeted() {
    if !isReady {
      greetedAt = loop.now
      connectTimer?.cancel()
      connectTimer = nil
      startUpkeep()
    }
    channel?.dispatch()
  }

  override func peerLeaves(errorCode: UInt32, reason: String) {
    closeReason = "the server is going away" + (reason.isEmpty ? "" : ": \(reason)")
    if errorCode == NGHTTP2_ENHANCE_YOUR_CALM.rawValue && reason == "too_many_pings" { channel?.askedTooOften() }
    leave()
  }

  private func leave() {
    if isLeaving { return }
    isLeaving = true
    channel?.connectionLeaves(self, isGone: false)
  }

  /// The channel is notified before the calls are: retries must not use this connection.
  override func connectionEnds() { leave() }

  override func connectionClosed() {
    for timer in [connectTimer, idleTimer, watchTimer] { timer?.cancel() }
    (connectTimer, idleTimer, watchTimer) = (nil, nil, nil)
    channel?.connectionLeaves(self, isGone: true)
  }

  // MARK: Upkeep

  private func startUpkeep() {
    idleSince = loop.now
    if let limit = options.idleTimeout {
      idleTimer = start(after: limit) { [unowned self] in checkIdle(limit) }
    }
    if let settings = channel?.keepAlive {
      watch = KeepAliveWatch(settings, now: loop.now)
      watchTimer = start(after: settings.time) { [unowned self] in checkAlive() }
    }
  }

  private func start(after delay: Duration, _ fire: @escaping () -> Void) -> Timer {
    let timer = Timer(fire)
    loop.schedule(timer, after: delay)
    return timer
  }

  private func checkIdle(_ limit: Duration) {
    guard let idleTimer else { return }
    let end = (openCalls == 0 ? idleSince : loop.now) + limit.nanoseconds
    if end > loop.now { return loop.schedule(idleTimer, at: end) }
    closeReason = "no call for \(limit)"
    isDismissed = true
    leave()
    session.goAway()
    needsFlush()
  }

  private func checkAlive() {
    guard let watchTimer, let action = watch?.check(now: loop.now, hasCalls: openCalls > 0) else { return }
    switch action {
    case .wait(let until): loop.schedule(watchTimer, at: until)
    case .ping:
      http2.ping()
      needsFlush()
      checkAlive()
    case .giveUp:
      closeReason = "the server did not answer a keepalive PING"
      close()
    }
  }
}
