internal import CPQ
internal import EventLoop

/// A connection in pipeline mode: it sends queries without waiting for earlier results.
///
/// The queries between two Syncs are a segment. When a statement of a segment fails, the server skips the rest. On a
/// shared connection, which carries only reads, the skipped queries are sent again, each in a segment of its own.
final class Connection: LibpqConnection {
  /// The results that the server will send, in order.
  enum Expected {
    /// And which preparation of the statement it is: the request may rely on another connection's by then.
    case prepared(Statement, Request, number: UInt64)
    case deallocated(PreparedStatements.Deallocation)
    case planning
    case answer(Request)
    case sync
  }

  /// The maximum number of times that a request is sent.
  static let attemptsMax = 3

  let kind: ConnectionKind
  /// The threads on which its statements are cancelled.
  let cancelWorkers: OffLoopWorkers
  /// See ``DatabaseConfiguration/cancelTimeout``.
  let cancelTimeout: Duration
  private let settings: SessionSettings
  private let parameters: Parameters
  var expected = Queue<Expected>()
  var prepared: PreparedStatements
  /// Whether reads are planned once, for any values, from here on; nil when a failed segment undid the last change.
  var plansReadsOnce: Bool? = false
  /// The segment whose answers arrive next.
  var answers = SegmentAnswers()
  /// The statement whose wait for a lock timed out.
  var lockedOut: Statement?
  /// Whether something was sent since the last Sync.
  private(set) var isSegmentOpen = false
  private var isReceiving = false
  private var quietBody: (() -> Void)?
  private var direct: (any DirectExchange)?
  private var probe: LivenessProbe?
  private var isUnresponsive = false
  /// The cancels of its reads that were sent to the server.
  var cancels = SentCancels()

  /// Whether the server has accepted the session's settings.
  private(set) var isAccepted = false
  /// Whether the server has refused to write.
  var isReadOnly = false {
    didSet { onReadOnly?() }
  }
  /// The number of Syncs that were sent: each asks the server to answer what was sent before it.
  private(set) var segmentsSent = 0
  /// Queries that the server has not answered.
  var inFlight = 0
  /// Their size in bytes.
  var bytesInFlight = 0

  var onOpen: (() -> Void)?
  /// Called when the server has accepted the session's settings.
  var onAccepted: (() -> Void)?
  /// Called when the server does not respond, before the connection closes.
  var onUnresponsive: (() -> Void)?
  /// Called when the server refuses to write.
  var onReadOnly: (() -> Void)?
  /// Takes reads that were lost with the connection, to be sent again on another.
  var onAbandoned: ((Request) -> Void)?
  var onClose: ((_ error: PostgresError, _ reason: String) -> Void)?
  /// Called when a function of the upkeep warns of something.
  var onWarning: ((_ message: String) -> Void)?
  var onNotification: ((_ channel: String, _ payload: String) -> Void)?

  init(
    loop: EventLoop, kind: ConnectionKind, settings: SessionSettings, parameters: Parameters,
    statements: StatementTable, cancels workers: OffLoopWorkers, within cancelTimeout: Duration
  ) {
    self.kind = kind
    (cancelWorkers, self.cancelTimeout) = (workers, cancelTimeout)
    self.settings = settings
    self.parameters = parameters
    prepared = PreparedStatements(statements)
    super.init(loop: loop)
  }

  /// Whether several callers use it at the same time.
  var isShared: Bool { kind.isShared }

  /// Whether everything sent has been answered.
  var isQuiet: Bool { expected.isEmpty && direct == nil }

  /// Whether the server is to answer something, or to take something, within the time of a statement.
  var isAnswerDue: Bool { hasUnsentOutput || direct?.isAnswerDue ?? !expected.isEmpty }

  /// Calls `body` once, as soon as everything sent so far has been answered. For one caller at a time.
  func whenQuiet(_ body: @escaping () -> Void) {
    if isQuiet { return body() }
    precondition(quietBody == nil, "two callers wait for one connection to be quiet")
    quietBody = body
  }

  // MARK: Sending

  /// Sends a request as part of the open segment, which ends with the loop's turn or with ``sync()``.
  func submit(_ request: Request) {
    guard state == .open, direct == nil else { return request.end(.failure(.connectionLost)) }
    do {
      try parameters.set(request.values)
    } catch {
      return request.end(.failure(error))
    }
    request.attempts += 1
    request.carrier = ObjectIdentifier(self)
    if expected.isEmpty { lastProgress = loop.now }
    if send(request) {
      expected.append(.answer(request))
      inFlight += 1
      bytesInFlight += request.bytes
      isSegmentOpen = true
      loop.atTurnEnd(self)
    } else {
      request.end(.failure(.connectionLost))
      fail(.connectionLost, reason: reason)
    }
  }

  /// Ends the segment and sends it.
  func sync() {
    guard isSegmentOpen, state == .open else { return }
    isSegmentOpen = false
    guard PQpipelineSync(handle) == 1 else { return fail(.connectionLost, reason: reason) }
    expected.append(.sync)
    segmentsSent += 1
    flush()
  }

  override func turnEnded() { sync() }

  private func send(_ request: Request) -> Bool {
    if kind == .reads, request.isPlannedOnce != plansReadsOnce {
      guard planReads(once: request.isPlannedOnce) else { return false }
    }
    guard let statement = request.statement, statement.isWorthPreparing else {
      return PQsendQueryParams(handle, request.sql, parameters.count, nil, parameters.pointers, nil, nil, 0) == 1
    }
    if !prepared.contains(statement) {
      guard prepare(statement, for: request) else { return false }
    }
    request.preparation = prepared[statement].number
    request.schemaAge = prepared.schemaAge
    return PQsendQueryPrepared(handle, statement.name, parameters.count, parameters.pointers, nil, nil, 0) == 1
  }

  private func planReads(once: Bool) -> Bool {
    let sql = once ? "SET plan_cache_mode = force_generic_plan" : "SET plan_cache_mode = auto"
    guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 0) == 1 else { return false }
    expected.append(.planning)
    plansReadsOnce = once
    return true
  }

  private func prepare(_ statement: Statement, for request: Request) -> Bool {
    for deallocation in prepared.takeDeallocations(for: statement) {
      guard PQsendQueryParams(handle, deallocation.sql, 0, nil, nil, nil, nil, 0) == 1 else { return false }
      expected.append(.deallocated(deallocation))
    }
    guard PQsendPrepare(handle, statement.name, request.sql, 0, nil) == 1 else { return false }
    prepared[statement].begin(statement.serial)
    expected.append(.prepared(statement, request, number: prepared[statement].number))
    return true
  }

  // MARK: Receiving

  override func received() {
    if let direct { return direct.received() }
    if isReceiving { return }  // a flush in here may read more, which the loop below finds
    isReceiving = true
    defer { isReceiving = false }
    var emptyInARow = 0
    while state == .open, !expected.isEmpty, PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        emptyInARow += 1  // follows the answer to each query
        if emptyInARow > 2 { break }
        continue
      }
      emptyInARow = 0
      take(result)
    }
    if onNotification != nil { takeNotifications() }
    tellQuiet()
  }

  private func tellQuiet() {
    guard isQuiet, let body = quietBody else { return }
    quietBody = nil
    body()
  }

  /// Sends a request in a segment of its own, so that its answer waits for no other.
  func submitAlone(_ request: Request) {
    sync()
    submit(request)
    sync()
  }

  private func takeNotifications() {
    while state == .open, let notification = PQnotifies(handle) {
      let channel = String(cString: notification.pointee.relname)
      let payload = String(cString: notification.pointee.extra)
      PQfreemem(notification)
      onNotification?(channel, payload)
    }
  }

  // MARK: Outside of the pipeline

  /// Leaves pipeline mode for `exchange`; false unless the connection is quiet.
  func beginDirect(_ exchange: any DirectExchange) -> Bool {
    guard isQuiet, PQexitPipelineMode(handle) == 1 else { return false }
    direct = exchange
    lastProgress = loop.now
    return true
  }

  /// Back into pipeline mode.
  func endDirect() {
    direct = nil
    guard PQenterPipelineMode(handle) == 1 else { return fail(.connectionLost, reason: reason) }
    tellQuiet()
  }

  override func warned(_ message: String) { onWarning?(message) }

  override func drained() { direct?.drained() }

  // MARK: Beginning and end

  override func opened() {
    guard PQenterPipelineMode(handle) == 1 else { return fail(.unavailable, reason: reason) }
    let request = Request(settings.query, statement: nil, mayRepeat: false)
    request.whenEnded { [unowned self] in
      // What was sent behind them may have been carried out.
      if case .failure(let error)? = request.outcome {
        return fail(.connectionLost, reason: "the session's settings: \(error)")
      }
      isAccepted = true
      onAccepted?()
    }
    submit(request)
    sync()
    onOpen?()
  }

  /// Watches from now on whether the server still answers.
  func probeLiveness(limit: Duration, asking: Bool) { probe = LivenessProbe(self, limit: limit, asking: asking) }

  /// The server owes an answer for too long.
  func becameUnresponsive() {
    isUnresponsive = true
    onUnresponsive?()
    fail(.connectionLost, reason: "the server does not respond")
  }

  /// The server does not respond on another connection: closes this one if it has owed an answer for longer than
  /// `limit`, or can tell nothing.
  func failIfUnresponsive(for limit: Duration) {
    guard state == .open, isQuiet || isAnswerDue && loop.now - lastProgress >= limit.nanoseconds else { return }
    isUnresponsive = true
    fail(.connectionLost, reason: "the server does not respond")
  }

  override func closed(_ error: PostgresError, reason: String) {
    let close = onClose
    probe?.stop()
    probe = nil
    onOpen = nil
    onAccepted = nil
    onUnresponsive = nil
    onReadOnly = nil
    onClose = nil
    onWarning = nil
    onNotification = nil
    while let next = expected.popFirst() {
      if case .answer(let request) = next { moveOrFail(request, request.failure ?? error) }
    }
    for request in answers.repeats { moveOrFail(request, error) }
    onAbandoned = nil
    for (request, _) in answers.unconfirmed { request.end(.failure(error)) }
    answers = SegmentAnswers()
    inFlight = 0
    bytesInFlight = 0
    direct?.closed(error)
    direct = nil
    close?(error, reason)
    tellQuiet()
  }

  /// A read may be sent once more on another connection. Not one that has waited for an unresponsive server, and not
  /// over and over: it may be what ends the server.
  func mayMove(_ request: Request) -> Bool {
    isShared && !isUnresponsive && request.mayRepeat && !request.wasMoved && isCarried(request)
  }

  private func moveOrFail(_ request: Request, _ error: PostgresError) {
    if let lockedOut, request.statement === lockedOut { return end(request, .tableLocked) }
    guard error == .connectionLost, mayMove(request), let onAbandoned else { return end(request, error) }
    request.wasMoved = true
    request.carrier = nil  // it may have been sent here twice, and moves once
    onAbandoned(request)
  }
}
