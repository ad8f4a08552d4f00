internal import EventLoop
internal import Logging

/// The shared connections of one loop for interactive reads.
///
/// A read that turns out slow must not hold up others. While reads are under way, the pool looks at its connections at
/// intervals. Reads behind a slow one are sent again on a connection that answers; if there is none, a spare one is
/// opened. Reads that nobody waits for any more are cancelled on the server.
final class ReadPool {
  /// Reads move to another connection when so many wait for theirs: the server answers one connection on one core.
  private static let depthMax = 32
  /// New reads avoid a connection on which nothing has arrived for so long.
  private static let sluggishNs: Int64 = 5_000_000
  /// Reads leave a connection on which nothing has arrived for so long.
  private static let stalledNs: Int64 = 20_000_000
  /// A read that nobody waits for may still run for so long: a cancel costs the server a process.
  private static let cancelAfterNs: Int64 = 50_000_000
  private static let lookInterval: Duration = .milliseconds(10)
  /// A read is sent again so often: once when it is unknown which of several is slow, and once more when it is known.
  static let stallMovesMax = 2

  private let source: ConnectionSource
  private(set) var readers: [ReadConnection] = []
  private var readerToRenew = 0
  private var isClosed = false
  private(set) var movedCount = 0
  private(set) var cancelledCount = 0
  private var spareBackoff = Backoff()
  /// No spare connection is tried before this time, by the loop's clock.
  private var nextSpareAt: Int64 = .min
  private lazy var watch = Timer { [unowned self] in look() }
  private lazy var sparesIdle = Timer { [unowned self] in closeIdleSpares() }

  init(source: ConnectionSource) {
    self.source = source
    readers = (0..<max(1, source.configuration.readConnections)).map { _ in
      ReadConnection(source: source, pool: self, isSpare: false)
    }
    source.onReadOnly { [weak self] in self?.renewOne() }
  }

  /// Whether a read finds a connection.
  var isAvailable: Bool { readers.contains { $0.isOpen } }
  /// Connections that are open.
  var openCount: Int { readers.count { $0.isOpen } }
  /// Reads under way or waiting.
  var load: Int { readers.reduce(0) { $0 + $1.load } }

  /// The connection for a new read: the first that flows; if none does, the least loaded one.
  /// - Throws: ``PostgresError/overloaded`` when too much is under way.
  func reader(for request: Request) throws(PostgresError) -> ReadConnection {
    var queries = 0
    var bytes = request.bytes
    var best = readers[0]
    var isFluent = false
    for reader in readers {
      queries += reader.load
      bytes += reader.bytes
      if isFluent || (reader.isSpare && !reader.isOpen) { continue }
      if reader.load < Self.depthMax && reader.isFluent(within: Self.sluggishNs) {
        best = reader
        isFluent = true
      } else if (reader.load < best.load && reader.isOpen) || (!best.isOpen && reader.isOpen) {
        best = reader
      }
    }
    guard queries < source.configuration.queriesMax, bytes <= source.configuration.queryBytesMax else {
      throw .overloaded
    }
    return best
  }

  func submit(_ request: Request, to reader: ReadConnection) {
    reader.submit(request)
    beginWatching()
  }

  /// Looks at the connections from now on, while reads are under way.
  func beginWatching() {
    if !watch.isScheduled { source.loop.schedule(watch, after: Self.lookInterval) }
  }

  /// A read was lost with its connection: it waits for the next one. The others may be about to break, too.
  func resubmit(_ request: Request, lostBy reader: ReadConnection) {
    submit(request, to: reader.isSpare ? readers[0] : reader)
  }

  /// A read has waited for its connection for as long as it may: it fails, unless another connection is open.
  func overdue(_ request: Request) {
    if request.isOver { return }
    guard let reader = readers.filter(\.isOpen).min(by: { $0.load < $1.load }) else {
      return request.end(.failure(.unavailable))
    }
    submit(request, to: reader)
  }

  /// The server has accepted a spare connection.
  func spareAccepted() { spareBackoff.succeeded() }

  /// A spare connection is gone.
  /// - Parameter refused: why the server did not accept it; nil when it did.
  func lost(_ spare: ReadConnection, refused reason: String? = nil) {
    readers.removeAll { $0 === spare }
    guard let reason else { return }
    if spareBackoff.failures == 0 {
      source.log.warning("no spare connection to Postgres", metadata: ["for": "reads", "reason": "\(reason)"])
    }
    nextSpareAt = source.loop.now + spareBackoff.nextDelay(random: .random(in: 0..<1)).nanoseconds
  }

  /// One connection at a time, so that reads continue: the server may be a primary that was made read-only.
  private func renewOne() {
    readers[readerToRenew % readers.count].connectAnew()
    readerToRenew &+= 1
  }

  func failIfUnresponsive(for limit: Duration) { for reader in readers { reader.failIfUnresponsive(for: limit) } }

  func close() {
    isClosed = true
    watch.cancel()
    sparesIdle.cancel()
    for reader in readers { reader.close() }
  }

  // MARK: Slow reads

  private func look() {
    for reader in readers { reader.look(Self.stalledNs) }
    var isCrowded = false
    for reader in readers where reader.stalledSince != nil { isCrowded = relieve(reader) || isCrowded }
    if isCrowded && !openSpare() { endSlowest() }
    if !isClosed, readers.contains(where: { !$0.isQuiet }) { source.loop.schedule(watch, after: Self.lookInterval) }
  }

  /// Sends the reads that `reader` holds up elsewhere.
  /// - Returns: whether there was no connection for them.
  private func relieve(_ reader: ReadConnection) -> Bool {
    guard let connection = reader.connection, let since = reader.stalledSince else { return false }
    let isCrowded = !moveReads(from: connection)
    if source.loop.now - since >= Self.cancelAfterNs, mayCancel(connection),
      connection.backlog(onlyCurrent: true).current.isEmpty
    {
      cancelledCount += 1
      connection.cancelPresentRead()
    }
    return isCrowded
  }

  private func mayCancel(_ connection: Connection) -> Bool {
    connection.cancels.mayBegin(at: source.loop.now, patience: Self.cancelAfterNs)
  }

  /// - Returns: whether nobody waits any more, except for the slow read.
  private func moveReads(from connection: Connection) -> Bool {
    let heldUp = connection.backlog(onlyCurrent: false).heldUp.filter(\.mayRepeat)
    let movable = heldUp.filter { $0.stallMoves < Self.stallMovesMax }
    for request in movable {
      guard let target = fluentReader()?.connection else { return false }
      request.stallMoves += 1
      movedCount += 1
      target.submitAlone(request)
    }
    return movable.count == heldUp.count
  }

  private func fluentReader() -> ReadConnection? {
    readers.filter { $0.stalledSince == nil && $0.isFluent(within: Self.sluggishNs) }.min { $0.load < $1.load }
  }

  /// - Returns: whether there will be another connection soon.
  private func openSpare() -> Bool {
    let spares = readers.filter(\.isSpare)
    if spares.contains(where: \.isConnecting) { return true }
    guard !isClosed, source.loop.now >= nextSpareAt, spares.count < source.configuration.spareReadConnections else {
      return false
    }
    readers.append(ReadConnection(source: source, pool: self, isSpare: true))
    if !sparesIdle.isScheduled { source.loop.schedule(sparesIdle, after: source.configuration.spareReadIdleMax) }
    return true
  }

  /// All connections wait for slow reads, and others wait behind them: the read that has run for longest makes way. Of
  /// several in one segment, it is not known which one that is: the cancel parts them.
  private func endSlowest() {
    let stalled = readers.filter { $0.stalledSince != nil && $0.connection.map(mayCancel) == true }
    guard let slowest = stalled.min(by: { $0.stalledSince ?? 0 < $1.stalledSince ?? 0 }),
      let connection = slowest.connection, let since = slowest.stalledSince,
      source.loop.now - since >= source.configuration.readHoldMax.nanoseconds
    else { return }
    let backlog = connection.backlog(onlyCurrent: true)
    guard let culprit = backlog.current.first else { return }
    if backlog.isCulpritKnown {
      source.log.warning(
        "a slow read was cancelled, because others waited for its connection", metadata: ["sql": "\(culprit.sql)"])
      culprit.end(.failure(.overloaded))
    }
    cancelledCount += 1
    connection.cancelPresentRead()
  }

  private func closeIdleSpares() {
    for reader in readers where reader.isSpare && reader.isOpen && reader.isQuiet {
      reader.close()
      lost(reader)
    }
    if readers.contains(where: \.isSpare) {
      source.loop.schedule(sparesIdle, after: source.configuration.spareReadIdleMax)
    }
  }
}
