internal import CPQ
internal import EventLoop

/// A connection in pipeline mode: it sends queries without waiting for earlier results.
///
/// The queries between two Syncs are a segment. When a statement of a segment fails, the server skips the rest. On a
/// shared connection, which carries only reads, the skipped queries are sent again, each in a segment of its own.
final class Connection: LibpqConnection {
  /// The results that the server will send, in order.
  enum Expected {
    case prepared(Statement, Request)
    case deallocated(PreparedStatements.Deallocation)
    case answer(Request)
    case sync
  }

  /// The maximum number of times that a request is sent.
  private static let attemptsMax = 3

  private let kind: ConnectionKind
  private let settings: SessionSettings
  private let parameters: Parameters
  private(set) var expected = Queue<Expected>()
  private var prepared: PreparedStatements
  /// To be sent again once the segment that failed them is over.
  private var repeats: [Request] = []
  private var segmentError: PostgresError?
  /// Carried out, but not committed before the Sync is answered.
  private var unconfirmed: [(request: Request, result: ServerResult)] = []
  /// The statement whose wait for a lock timed out.
  private var lockedOut: Statement?
  private var isSegmentOpen = false
  private var isReceiving = false
  private var quietBody: (() -> Void)?
  private var direct: (any DirectExchange)?
  var silence: LivenessProbe?
  var isSilent = false
  /// Whether its reads are being cancelled on the server; and whether they were: a cancel may hit the next statement.
  var cancelling = (isUnderWay: false, count: 0)

  /// Whether the server has refused to write.
  private(set) var isReadOnly = false {
    didSet { onReadOnly?() }
  }
  /// The number of Syncs that were sent: each asks the server to answer what was sent before it.
  private(set) var segmentsSent = 0
  /// Queries that the server has not answered.
  private(set) var inFlight = 0
  /// Their size in bytes.
  private(set) var bytesInFlight = 0
  /// When the server last answered a request, or was first asked after a pause, by the loop's clock.
  private(set) var lastAnswer: Int64 = 0

  var onOpen: (() -> Void)?
  /// Called when the server does not respond, before the connection closes.
  var onUnresponsive: (() -> Void)?
  /// Called when the server refuses to write.
  var onReadOnly: (() -> Void)?
  /// Takes reads that were lost with the connection, to be sent again on another.
  var onAbandoned: ((Request) -> Void)?
  var onClose: ((_ error: PostgresError, _ reason: String) -> Void)?
  var onNotification: ((_ channel: String, _ payload: String) -> Void)?

  init(
    loop: EventLoop, kind: ConnectionKind, settings: SessionSettings, parameters: Parameters, statements: StatementTable
  ) {
    self.kind = kind
    self.settings = settings
    self.parameters = parameters
    prepared = PreparedStatements(statements)
    super.init(loop: loop)
  }

  /// Whether several callers use it at the same time.
  var isShared: Bool { kind.isShared }

  /// Whether everything sent has been answered.
  var isQuiet: Bool { expected.isEmpty && direct == nil }

  /// Whether it has left the pipeline.
  var isDirect: Bool { direct != nil }

  /// Calls `body` once, as soon as everything sent so far has been answered.
  func whenQuiet(_ body: @escaping () -> Void) {
    if isQuiet { body() } else { quietBody = body }
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
    if expected.isEmpty { (lastAnswer, lastProgress) = (loop.now, loop.now) }
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

  private func prepare(_ statement: Statement, for request: Request) -> Bool {
    for deallocation in prepared.takeDeallocations(for: statement) {
      guard PQsendQueryParams(handle, deallocation.sql, 0, nil, nil, nil, nil, 0) == 1 else { return false }
      expected.append(.deallocated(deallocation))
    }
    guard PQsendPrepare(handle, statement.name, request.sql, 0, nil) == 1 else { return false }
    prepared[statement].begin(statement.serial)
    expected.append(.prepared(statement, request))
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

  private func take(_ result: OpaquePointer) {
    lastAnswer = loop.now
    let status = PQresultStatus(result)
    guard PQstatus(handle) != CONNECTION_BAD, let next = expected.first else {
      PQclear(result)
      return fail(.connectionLost, reason: reason)
    }
    if case .sync = next, status == PGRES_FATAL_ERROR { return commitFailed(result) }
    _ = expected.popFirst()
    switch next {
    case .answer(let request):
      inFlight -= 1
      bytesInFlight -= request.bytes
      answer(request, result, status)
    case .prepared(let statement, let request):
      if status == PGRES_COMMAND_OK {
        prepared[statement].failure = nil
      } else {
        notPrepared(statement, request, result, status)
      }
      PQclear(result)
    case .deallocated(let deallocation):
      let error = status == PGRES_FATAL_ERROR ? ServerError(result) : nil
      if status == PGRES_PIPELINE_ABORTED || error?.sqlstate == SQLState.failedTransaction {
        prepared.skipped(deallocation)
      }
      if let error { segmentError = error.error() }
      PQclear(result)
    case .sync:
      PQclear(result)
      guard status == PGRES_PIPELINE_SYNC else { return fail(.connectionLost, reason: "out of step with the server") }
      segmentEnded()
    }
  }

  private func answer(_ request: Request, _ result: OpaquePointer, _ status: ExecStatusType) {
    switch status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      let answer = ServerResult(result)
      if isShared { return request.end(.success(answer)) }
      return unconfirmed.append((request, answer))
    case PGRES_PIPELINE_ABORTED:
      if let failure = request.failure {
        end(request, failure)
        if isShared, failure == .lockNotAvailable { waitsForLock(request) }
      } else {
        repeatOrFail(request, segmentError ?? .connectionLost, mayRepeat: isShared || request.mayRepeat)
      }
    case PGRES_FATAL_ERROR:
      refused(request, ServerError(result))
    default:  // COPY
      end(request, .other(sqlstate: SQLState.featureNotSupported, message: "COPY inside a pipeline"))
      fail(.connectionLost, reason: "a statement began a COPY")
    }
    PQclear(result)
  }

  private func refused(_ request: Request, _ error: ServerError) {
    var typed = error.error(cancelled: request.isOver, sql: request.sql)
    if kind.isReadOnly, typed == .readOnly { typed = error.other(request.sql) }  // as we wish
    segmentError = typed
    if typed == .connectionLost && mayMove(request) { return repeats.append(request) }  // it closes at once
    if typed == .readOnly { isReadOnly = true }
    if isShared, typed == .queryCancelled, cancelling.count > 0 {  // meant for the statement before
      return repeatOrFail(request, typed, mayRepeat: request.mayRepeat)
    }
    guard let statement = request.statement else { return end(request, typed) }
    let isUnknown = error.sqlstate == SQLState.invalidStatementName
    let isOutdated = error.sqlstate == SQLState.featureNotSupported && error.hasOutlivedItsPlan
    guard isUnknown || isOutdated else {
      end(request, typed)
      if isShared, typed == .lockNotAvailable { waitsForLock(request) }
      return
    }
    prepared.refused(request, statement, isUnknown: isUnknown)
    let cause = isUnknown ? prepared[statement].failure : nil
    repeatOrFail(request, cause ?? typed, mayRepeat: request.mayRepeat)
  }

  /// Another session has locked a table, for example to change its columns. The same reads after this one would each
  /// wait as long and delay all other requests: they fail now, and the others move to another connection.
  private func waitsForLock(_ request: Request) {
    lockedOut = request.statement
    fail(.connectionLost, reason: "a read timed out waiting for a lock")
  }

  private func notPrepared(
    _ statement: Statement, _ request: Request, _ result: OpaquePointer, _ status: ExecStatusType
  ) {
    if status == PGRES_FATAL_ERROR {
      let error = ServerError(result)
      segmentError = error.error(sql: request.sql)
      if error.sqlstate == SQLState.duplicateStatementName { return }  // it is there all the same
      if isCarried(request) { request.failure = segmentError }
    }
    if prepared[statement].end(statement.serial, request.preparation) {
      prepared[statement].failure = request.failure
    }
  }

  private func repeatOrFail(_ request: Request, _ error: PostgresError, mayRepeat: Bool) {
    guard isCarried(request) else { return }
    if mayRepeat && request.attempts < Self.attemptsMax + request.stallMoves {
      repeats.append(request)
    } else {
      end(request, error)
    }
  }

  /// Whether the request waits for this connection: it is not over, and was not sent again on another one.
  func isCarried(_ request: Request) -> Bool { !request.isOver && request.carrier == ObjectIdentifier(self) }

  /// Fails a request, unless another connection carries it now.
  private func end(_ request: Request, _ error: PostgresError) {
    if isCarried(request) { request.end(.failure(error)) }
  }

  /// The Sync failed: a deferred constraint, for instance. Its answer is still to come.
  private func commitFailed(_ result: OpaquePointer) {
    let error = ServerError(result).error()
    PQclear(result)
    segmentError = error
    for (request, _) in unconfirmed { request.end(.failure(error)) }
    unconfirmed.removeAll(keepingCapacity: true)
  }

  private func segmentEnded() {
    segmentError = nil
    if !unconfirmed.isEmpty {
      let confirmed = unconfirmed
      unconfirmed = []
      for (request, result) in confirmed { request.end(.success(result)) }
    }
    if repeats.isEmpty { return }
    let again = repeats
    repeats = []
    for request in again where isCarried(request) { submitAlone(request) }
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

  override func drained() { direct?.drained() }

  // MARK: Beginning and end

  override func opened() {
    guard PQenterPipelineMode(handle) == 1 else { return fail(.unavailable, reason: reason) }
    let request = Request(settings.query, statement: nil, mayRepeat: false)
    request.whenEnded { [unowned self] in
      if case .failure(let error)? = request.outcome { fail(.unavailable, reason: "the session's settings: \(error)") }
    }
    submit(request)
    sync()
    onOpen?()
  }

  override func closed(_ error: PostgresError, reason: String) {
    let close = onClose
    silence?.stop()
    silence = nil
    onOpen = nil
    onUnresponsive = nil
    onReadOnly = nil
    onClose = nil
    onNotification = nil
    while let next = expected.popFirst() {
      if case .answer(let request) = next { moveOrFail(request, request.failure ?? error) }
    }
    for request in repeats { moveOrFail(request, error) }
    onAbandoned = nil
    for (request, _) in unconfirmed { request.end(.failure(error)) }
    repeats = []
    unconfirmed = []
    inFlight = 0
    bytesInFlight = 0
    direct?.closed(error)
    direct = nil
    close?(error, reason)
    tellQuiet()
  }

  /// A read may be sent once more on another connection. Not one that has waited for a silent server, and not over and
  /// over: it may be what ends the server.
  private func mayMove(_ request: Request) -> Bool {
    isShared && !isSilent && request.mayRepeat && !request.wasMoved && isCarried(request)
  }

  private func moveOrFail(_ request: Request, _ error: PostgresError) {
    if let lockedOut, request.statement === lockedOut { return end(request, .lockNotAvailable) }
    guard error == .connectionLost, mayMove(request), let onAbandoned else { return end(request, error) }
    request.wasMoved = true
    onAbandoned(request)
  }
}
