internal import CPQ
internal import EventLoop

/// One libpq connection on a loop: it connects, reads and writes without blocking. Confined to its loop.
///
/// Subclasses define what is sent over it.
class LibpqConnection: IOSource {
  enum State { case idle, connecting, open, closed }

  let loop: EventLoop
  private(set) var state = State.idle
  /// libpq's connection; good while `state` is connecting or open.
  private(set) var handle: OpaquePointer!
  private var interest: IOEvents = []
  /// Whether input is left in the socket, so that a server that sends much waits.
  final var pausesReading = false {
    didSet {
      if state == .open, pausesReading != oldValue { watchOpen(forOutput: hasUnsentOutput) }
    }
  }
  /// When the server last sent or took bytes, or was first asked after a pause, by the loop's clock.
  final var lastProgress: Int64 = 0
  private var patience: Timer?
  private var attempt: ConnectAttempt?

  init(loop: EventLoop) {
    self.loop = loop
    super.init()
  }

  // MARK: For subclasses

  /// The session begins.
  func opened() {}
  /// Input has arrived.
  func received() {}
  /// Everything that was to be written is.
  func drained() {}
  /// A function of the upkeep warns of something.
  func warned(_ message: String) {}
  /// The session is over, or never began; `reason` is libpq's sentence, for the log.
  func closed(_ error: PostgresError, reason: String) {}

  // MARK: Connecting

  /// Begins to connect: to the addresses of `route`, one after the other, each of which has as long as `limit`.
  /// `opened` or `closed` is called later, not from here.
  final func connect(by route: ConnectRoute, within limit: Duration) {
    precondition(state == .idle, "a wire connects once")
    state = .connecting
    let timer = Timer { [unowned self] in attemptEnded(.unavailable, reason: "no connection within \(limit)") }
    patience = timer
    loop.schedule(timer, after: limit)
    let bound = LoopBound((self, route), on: loop)
    Task(executorPreference: loop) {
      let (wire, route) = bound.value
      let candidates = await route.candidates(within: limit)
      guard wire.state == .connecting else { return }
      wire.attempt = ConnectAttempt(route, candidates, limit: limit)
      wire.tryNext()
    }
  }

  private func tryNext() {
    guard let next = attempt?.next() else {
      let (error, reason) = attempt?.outcome ?? (.unavailable, "the host name could not be resolved in time")
      return fail(error, reason: reason)
    }
    if let patience, let limit = attempt?.limit { loop.schedule(patience, after: limit) }
    guard let started = next.start() else { return fail(.unavailable, reason: "out of memory") }
    handle = started
    // Else libpq prints them. What uses the handle is this object, which closes it.
    PQsetNoticeReceiver(
      started,
      { wire, result in
        guard let wire, let result else { return }
        let notice = ServerError(result)
        guard notice.sqlstate == SQLState.upkeepWarning else { return }
        Unmanaged<LibpqConnection>.fromOpaque(wire).takeUnretainedValue().warned(notice.message)
      }, Unmanaged.passUnretained(self).toOpaque())
    PQsetErrorVerbosity(started, PQERRORS_VERBOSE)  // with codes, which tell refusals apart
    guard PQstatus(started) != CONNECTION_BAD else { return notConnected() }
    guard watch([.writable]) else { return fail(.unavailable, reason: "no descriptor can be watched") }
  }

  /// One address is done with; there may be others.
  private func attemptEnded(_ error: PostgresError, reason: String) {
    attempt?.failed(error, reason)
    loop.remove(self)
    if let handle {
      PQfinish(handle)
      self.handle = nil
    }
    tryNext()
  }

  private func advance() {
    let step = PQconnectPoll(handle)
    // libpq may have closed its socket and opened another one, even of the same number.
    loop.remove(self)
    let watched =
      switch step {
      case PGRES_POLLING_READING: watch([.readable])
      case PGRES_POLLING_WRITING: watch([.writable])
      case PGRES_POLLING_OK: watch([.readable])
      default: false
      }
    guard watched else { return notConnected() }
    if step == PGRES_POLLING_OK { begin() }
  }

  /// The attempt has failed: for now, or for good.
  private func notConnected() {
    let message = reason
    if let refusal = ConnectRefusal(message: message) {
      return attemptEnded(.accessRefused(refusal.reason), reason: refusal.reason)
    }
    attemptEnded(.unavailable, reason: ConnectRefusal.withoutCodes(message))
  }

  private func begin() {
    patience?.cancel()
    patience = nil
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    guard PQsetnonblocking(handle, 1) == 0 else { return fail(.unavailable, reason: reason) }
    let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) }
    guard encoding == "UTF8" else {
      return fail(.unavailable, reason: "the database's encoding is \(encoding ?? "unknown"); it must be UTF8")
    }
    attempt?.succeeded()
    attempt = nil
    state = .open
    opened()
  }

  private func watch(_ events: IOEvents) -> Bool {
    interest = events
    return loop.add(self, fd: PQsocket(handle), events: events)
  }

  // MARK: Reading and writing

  final override func ready(_ events: IOEvents) {
    switch state {
    case .connecting: advance()
    case .open:
      lastProgress = loop.now
      if events.contains(.writable) { flush() }
      if state == .open && events != .writable { read() }
    case .idle, .closed: break
    }
  }

  /// Reads what there is, without waiting.
  final func read() {
    let alive = PQconsumeInput(handle) == 1
    received()
    if !alive && state == .open { fail(.connectionLost, reason: reason) }
  }

  /// Whether libpq holds something that the socket did not take yet.
  final var hasUnsentOutput: Bool { interest.contains(.writable) }

  /// Sends what libpq holds; the rest goes when the socket takes more.
  final func flush() {
    let left = PQflush(handle)
    if left < 0 { return fail(.connectionLost, reason: reason) }
    if left > 0, !interest.contains(.writable) { lastProgress = loop.now }
    watchOpen(forOutput: left > 0)
    if left == 0 {
      drained()
    } else {
      received()  // a flush that cannot go on reads: epoll would not tell of what it took
    }
  }

  private func watchOpen(forOutput: Bool) {
    var wanted: IOEvents = forOutput ? .writable : []
    if !pausesReading { wanted.insert(.readable) }
    if wanted != interest {
      interest = wanted
      loop.modify(self, events: wanted)
    }
  }

  // MARK: The end

  /// Closes the connection and notifies the subclass.
  final func fail(_ error: PostgresError, reason: String) {
    guard state != .closed else { return }
    state = .closed
    patience?.cancel()
    patience = nil
    loop.remove(self)
    if let handle {
      PQfinish(handle)
      self.handle = nil
    }
    closed(error, reason: reason)
  }

  /// Why libpq failed last.
  final var reason: String {
    var text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}
