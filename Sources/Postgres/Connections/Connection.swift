internal import CPQ
internal import EventLoop

/// A connection in pipeline mode: it sends queries without waiting for earlier results.
///
/// The queries between two Syncs are a segment. When a statement of a segment fails, the server skips the rest. On a
/// shared connection, which carries only reads, the skipped queries are sent again, each in a segment of its own.
final class Connection: LibpqConnection {
  /// The results that the server will send, in order.
  private enum Expected {
    case prepared(Statement, Request)
    case deallocated(serial: UInt64)
    case answer(Request)
    case sync
  }

  /// The maximum number of times that a request is sent.
  private static let attemptsMax = 3

  let isShared: Bool
  private let settings: SessionSettings
  private let parameters: Parameters
  private var expected = Queue<Expected>()
  /// The statement that is prepared here, for each slot of the ``StatementTable``.
  private var prepared: [Preparation]
  /// Evicted statements that are to be deallocated.
  private var forgotten: [UInt64] = []
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
  private var direct: SimpleQueryExchange?
  private var silence: LivenessProbe?
  private var isSilent = false

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
  /// When the server last answered, or was first asked after a pause, by the loop's clock.
  private(set) var lastProgress: Int64 = 0

  var onOpen: (() -> Void)?
  /// Called when the server does not respond, before the connection closes.
  var onUnresponsive: (() -> Void)?
  /// Called when the server refuses to write.
  var onReadOnly: (() -> Void)?
  /// Takes reads that were lost with the connection, to be sent again on another.
  var onAbandoned: ((Request) -> Void)?
  var onClose: ((_ error: PostgresError, _ reason: String) -> Void)?
  var onNotification: ((_ channel: String, _ payload: String) -> Void)?

  init(loop: EventLoop, settings: SessionSettings, parameters: Parameters, slots: Int, isShared: Bool) {
    self.settings = settings
    self.parameters = parameters
    self.isShared = isShared
    prepared = Array(repeating: Preparation(), count: slots)
    super.init(loop: loop)
  }

  /// Whether everything sent has been answered.
  var isQuiet: Bool { expected.isEmpty && direct == nil }

  /// Whether it has left the pipeline for a script.
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
    guard let statement = request.statement else {
      return PQsendQueryParams(handle, request.sql, parameters.count, nil, parameters.pointers, nil, nil, 0) == 1
    }
    if prepared[statement.slot].serial != statement.serial {
      guard prepare(statement, for: request) else { return false }
    }
    request.preparation = prepared[statement.slot].number
    return PQsendQueryPrepared(handle, statement.name, parameters.count, parameters.pointers, nil, nil, 0) == 1
  }

  private func prepare(_ statement: Statement, for request: Request) -> Bool {
    let former = prepared[statement.slot].serial
    if former != 0 { forgotten.append(former) }
    while let serial = forgotten.popLast() {
      guard PQsendQueryParams(handle, "DEALLOCATE s\(serial)", 0, nil, nil, nil, nil, 0) == 1 else { return false }
      expected.append(.deallocated(serial: serial))
    }
    guard PQsendPrepare(handle, statement.name, request.sql, 0, nil) == 1 else { return false }
    prepared[statement.slot].begin(statement.serial)
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
    lastProgress = loop.now
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
        prepared[statement.slot].failure = nil
      } else {
        notPrepared(statement, request, result, status)
      }
      PQclear(result)
    case .deallocated(let serial):
      if status == PGRES_PIPELINE_ABORTED { forgotten.append(serial) }
      if status == PGRES_FATAL_ERROR { segmentError = ServerError(result).error(cancelled: false) }
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
        request.end(.failure(failure))
        if isShared, failure == .lockNotAvailable { waitsForLock(request) }
      } else {
        repeatOrFail(request, segmentError ?? .connectionLost, mayRepeat: isShared || request.mayRepeat)
      }
    case PGRES_FATAL_ERROR:
      refused(request, ServerError(result))
    default:  // COPY
      request.end(.failure(.other(sqlstate: SQLState.featureNotSupported, message: "COPY inside a pipeline")))
      fail(.connectionLost, reason: "a statement began a COPY")
    }
    PQclear(result)
  }

  private func refused(_ request: Request, _ error: ServerError) {
    var typed = error.error(cancelled: request.isOver)
    if isShared, typed == .readOnly { typed = .other(sqlstate: error.sqlstate, message: error.message) }  // as we wish
    segmentError = typed
    if typed == .connectionLost && mayMove(request) { return repeats.append(request) }  // it closes at once
    if typed == .readOnly { isReadOnly = true }
    guard let statement = request.statement else { return request.end(.failure(typed)) }
    let isUnknown = error.sqlstate == SQLState.invalidStatementName
    let isOutdated = error.sqlstate == SQLState.featureNotSupported && error.hasOutlivedItsPlan
    guard isUnknown || isOutdated else {
      request.end(.failure(typed))
      if isShared, typed == .lockNotAvailable { waitsForLock(request) }
      return
    }
    if prepared[statement.slot].end(statement.serial, request.preparation), isOutdated {
      forgotten.append(statement.serial)
    }
    let cause = isUnknown ? prepared[statement.slot].failure : nil
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
      segmentError = error.error(cancelled: false)
      if error.sqlstate == SQLState.duplicateStatementName { return }  // it is there all the same
      request.failure = segmentError
    }
    if prepared[statement.slot].end(statement.serial, request.preparation) {
      prepared[statement.slot].failure = request.failure
    }
  }

  private func repeatOrFail(_ request: Request, _ error: PostgresError, mayRepeat: Bool) {
    if request.isOver { return }
    if mayRepeat && request.attempts < Self.attemptsMax {
      repeats.append(request)
    } else {
      request.end(.failure(error))
    }
  }

  /// The Sync failed: a deferred constraint, for instance. Its answer is still to come.
  private func commitFailed(_ result: OpaquePointer) {
    let error = ServerError(result).error(cancelled: false)
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
    sync()  // what this turn has gathered stays a segment apart
    for request in again {
      if request.isOver { continue }
      submit(request)
      sync()
    }
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
  func beginDirect(_ exchange: SimpleQueryExchange) -> Bool {
    guard isQuiet, PQexitPipelineMode(handle) == 1 else { return false }
    direct = exchange
    return true
  }

  /// Back into pipeline mode.
  func endDirect() {
    direct = nil
    guard PQenterPipelineMode(handle) == 1 else { return fail(.connectionLost, reason: reason) }
    tellQuiet()
  }

  override func drained() { direct?.wake() }

  // MARK: Beginning and end

  /// Watches from now on whether the server still answers.
  func probeLiveness(limit: Duration, asking: Bool) { silence = LivenessProbe(self, limit: limit, asking: asking) }

  /// Gives the connection up if it has owed an answer for longer than `limit`, or can tell nothing.
  func doubt(longerThan limit: Duration) {
    guard state == .open, !isDirect, isQuiet || loop.now - lastProgress >= limit.nanoseconds else { return }
    isSilent = true
    fail(.connectionLost, reason: "the server does not respond")
  }

  func becameUnresponsive() {
    isSilent = true
    onUnresponsive?()
    fail(.connectionLost, reason: "the server does not respond")
  }

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
    isShared && !isSilent && request.mayRepeat && !request.wasMoved && !request.isOver
  }

  private func moveOrFail(_ request: Request, _ error: PostgresError) {
    if let lockedOut, request.statement === lockedOut { return request.end(.failure(.lockNotAvailable)) }
    guard error == .connectionLost, mayMove(request), let onAbandoned else { return request.end(.failure(error)) }
    request.wasMoved = true
    onAbandoned(request)
  }
}
