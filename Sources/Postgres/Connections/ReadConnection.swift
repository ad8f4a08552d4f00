internal import EventLoop

/// One shared connection for reads, with a queue for the time when it is lost. It reconnects by itself, unless it is a
/// spare one.
final class ReadConnection {
  /// Whether it is there only while others wait for slow reads.
  let isSpare: Bool
  private let source: ConnectionSource
  private unowned let pool: ReadPool
  private(set) var connection: Connection?
  private var waiting = Queue<Request>()
  private var bytesWaiting = 0
  private var backoff = Backoff()
  private var isClosed = false
  /// The last progress, as it was at the last look.
  private var seenProgress: Int64?
  /// Since when the server has sent nothing although it was asked, if that is noticeably long; nil otherwise. A large
  /// answer that a busy loop takes in parts is not slow.
  private(set) var stalledSince: Int64?
  private lazy var retry = Timer { [unowned self] in connect() }
  private lazy var sweep = Timer { [unowned self] in failOverdue() }

  init(source: ConnectionSource, pool: ReadPool, isSpare: Bool) {
    self.source = source
    self.pool = pool
    self.isSpare = isSpare
    if !isSpare {
      source.onReached { [weak self] in
        if let self, retry.isScheduled { source.loop.schedule(retry, after: .zero) }
      }
    }
    connect()
  }

  /// Queries under way or waiting.
  var load: Int { (connection?.inFlight ?? 0) + waiting.count }
  /// Their size in bytes.
  var bytes: Int { (connection?.bytesInFlight ?? 0) + bytesWaiting }
  var isOpen: Bool { connection?.state == .open }
  /// Whether nothing is under way.
  var isQuiet: Bool { connection?.isQuiet ?? true }
  /// Whether it is being made.
  var isConnecting: Bool { connection.map { $0.state != .open } ?? false }

  /// Whether it would answer at once: it is connected, and quiet or in the midst of answers: something
  /// has arrived within `limit` ns.
  func isFluent(within limit: Int64) -> Bool {
    guard let connection, connection.state == .open, !connection.cancels.isUnderWay else { return false }
    return connection.isQuiet || source.loop.now - connection.lastProgress < limit
  }

  /// Notes whether it has stalled: nothing has arrived for longer than `limit` ns, nor since the last look.
  func look(_ limit: Int64) {
    guard let connection, connection.state == .open, !connection.isQuiet else {
      (seenProgress, stalledSince) = (nil, nil)
      return
    }
    let progress = connection.lastProgress
    stalledSince = seenProgress == progress && source.loop.now - progress >= limit ? progress : nil
    seenProgress = progress
  }

  func submit(_ request: Request) {
    if isClosed { return request.end(.failure(.unavailable)) }
    if let connection, connection.state == .open { return connection.submit(request) }
    request.deadline = source.loop.now + source.configuration.outageWait.nanoseconds
    waiting.append(request)
    bytesWaiting += request.bytes
    if !sweep.isScheduled { source.loop.schedule(sweep, at: request.deadline) }
  }

  /// The server may have become a replica: what is under way goes to the next connection, which looks for a primary.
  func connectAnew() { connection?.fail(.connectionLost, reason: "looking for the primary server") }

  /// The server does not respond on another connection.
  func failIfUnresponsive(for limit: Duration) { connection?.failIfUnresponsive(for: limit) }

  func close() {
    isClosed = true
    retry.cancel()
    sweep.cancel()
    connection?.fail(.connectionLost, reason: "closed by the program")
    while let request = waiting.popFirst() { request.end(.failure(.unavailable)) }
  }

  private func connect() {
    connection = source.connect(
      .reads,
      opened: { [unowned self] in opened($0) },
      accepted: { [weak self] in self?.accepted() },
      closed: { [weak self] in self?.lost(wasAccepted: $0.isAccepted, $3) })
  }

  private func opened(_ connection: Connection) {
    connection.onAbandoned = { [weak self] request in
      guard let self else { return request.end(.failure(.connectionLost)) }
      if isClosed { request.end(.failure(.connectionLost)) } else { pool.resubmit(request, lostBy: self) }
    }
    while connection.state == .open, let request = waiting.popFirst() {
      bytesWaiting -= request.bytes
      if !request.isOver { connection.submit(request) }
    }
    pool.beginWatching()  // they may turn out slow, like those that are submitted
  }

  private func accepted() {
    if isSpare { return pool.spareAccepted() }
    source.logOpening(.reads, after: backoff)
    backoff.succeeded()
  }

  private func lost(wasAccepted: Bool, _ reason: String) {
    connection = nil
    if isClosed { return }
    if isSpare { return pool.lost(self, refused: wasAccepted ? nil : reason) }
    source.logEnd(.reads, wasOpen: wasAccepted, reason, after: backoff)
    let random = Double.random(in: 0..<1)
    source.loop.schedule(retry, after: wasAccepted ? backoff.delay(random: random) : backoff.nextDelay(random: random))
  }

  private func failOverdue() {
    let now = source.loop.now
    while let oldest = waiting.first, oldest.isOver || oldest.deadline <= now {
      _ = waiting.popFirst()
      bytesWaiting -= oldest.bytes
      pool.overdue(oldest)
    }
    if let oldest = waiting.first { source.loop.schedule(sweep, at: oldest.deadline) }
  }
}
