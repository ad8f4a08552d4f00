internal import CPQ
internal import EventLoop

/// What the server has answered of a segment so far.
struct SegmentAnswers {
  /// The segments before it.
  private(set) var segmentsBefore = 0
  /// What a statement failed with, so that the server skips those behind it.
  var error: PostgresError?
  /// Whether that was the cancel of another read.
  var isHitByCancel = false
  /// Carried out, but not committed before the Sync is answered.
  var unconfirmed: [(request: Request, result: ServerResult)] = []
  /// To be sent again once the segment that failed them is over.
  var repeats: [Request] = []

  /// The segment is over; the next one begins.
  mutating func next() -> SegmentAnswers {
    let ended = self
    self = SegmentAnswers()
    segmentsBefore = ended.segmentsBefore + 1
    return ended
  }
}

extension Connection {
  /// Takes the next result that the server owes.
  func take(_ result: OpaquePointer) {
    let status = PQresultStatus(result)
    if status == PGRES_FATAL_ERROR, PQstatus(handle) != CONNECTION_BAD, case .sync? = expected.first {
      return commitFailed(result)
    }
    guard PQstatus(handle) != CONNECTION_BAD, let next = expected.popFirst() else {
      PQclear(result)
      return fail(.connectionLost, reason: reason)
    }
    switch next {
    case .answer(let request):
      inFlight -= 1
      bytesInFlight -= request.bytes
      answer(request, result, status)
    case .prepared(let statement, let request, let number):
      if status == PGRES_COMMAND_OK {
        prepared[statement].failure = nil
      } else {
        notPrepared(statement, request, number, result, status)
      }
      PQclear(result)
    case .deallocated(let deallocation):
      if status != PGRES_COMMAND_OK { notDeallocated(deallocation, result, status) }
      PQclear(result)
    case .planning:
      if status == PGRES_FATAL_ERROR { notPlanned(ServerError(result)) }
      PQclear(result)
    case .sync:
      PQclear(result)
      guard status == PGRES_PIPELINE_SYNC else { return fail(.connectionLost, reason: "out of step with the server") }
      segmentEnded()
    }
  }

  // MARK: Statements

  private func answer(_ request: Request, _ result: OpaquePointer, _ status: ExecStatusType) {
    switch status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      let answer = ServerResult(result)
      if isShared { return request.end(.success(answer)) }
      return answers.unconfirmed.append((request, answer))
    case PGRES_PIPELINE_ABORTED:
      if let failure = request.failure {
        end(request, failure)
        if isShared, failure == .tableLocked { waitsForLock(request) }
      } else {
        repeatOrFail(request, answers.error ?? .connectionLost, mayRepeat: isShared || request.mayRepeat)
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
    let typed = typedError(error, of: request)
    answers.error = typed
    if error.endsSession && mayMove(request) { return answers.repeats.append(request) }  // it closes at once
    if typed == .readOnly { isReadOnly = true }
    if noteCancelHit(error) { return repeatOrFail(request, typed, mayRepeat: request.mayRepeat) }
    if error.isStatementUnknown || error.isPlanOutdated, let statement = request.statement {
      prepared.refused(request, statement, isUnknown: error.isStatementUnknown)
      let cause = error.isStatementUnknown ? prepared[statement].failure : nil
      return repeatOrFail(request, cause ?? typed, mayRepeat: request.mayRepeat)
    }
    end(request, typed)
    if isShared, typed == .tableLocked { waitsForLock(request) }
  }

  private func typedError(_ error: ServerError, of request: Request) -> PostgresError {
    kind.isReadOnly
      ? error.readError(cancelled: request.isOver, sql: request.sql)
      : error.error(cancelled: request.isOver, sql: request.sql)
  }

  /// Notes, and returns, whether the segment may have been ended by a cancel that was meant for another one.
  private func noteCancelHit(_ error: ServerError) -> Bool {
    let isHit = isShared && error.mayBeCancel && cancels.mayHit(segment: answers.segmentsBefore)
    if isHit { answers.isHitByCancel = true }
    return isHit
  }

  /// Another session has locked a table, for example to change its columns. The same reads after this one would each
  /// wait as long and delay all other requests: they fail now, and the others move to another connection.
  private func waitsForLock(_ request: Request) {
    lockedOut = request.statement
    fail(.connectionLost, reason: "a read timed out waiting for a lock")
  }

  private func repeatOrFail(_ request: Request, _ error: PostgresError, mayRepeat: Bool) {
    guard isCarried(request) else { return }
    // No fault of the request, and as rare as cancels are: one at a time, each for a read that has run for long.
    if answers.isHitByCancel { request.cancelHits += 1 }
    if mayRepeat && request.attempts < Self.attemptsMax + request.stallMoves + request.cancelHits {
      answers.repeats.append(request)
    } else {
      end(request, error)
    }
  }

  /// Whether the request waits for this connection: it is not over, and was not sent again on another one.
  func isCarried(_ request: Request) -> Bool { !request.isOver && request.carrier == ObjectIdentifier(self) }

  /// Fails a request, unless another connection carries it now.
  func end(_ request: Request, _ error: PostgresError) {
    if isCarried(request) { request.end(.failure(error)) }
  }

  // MARK: Preparation

  private func notPrepared(
    _ statement: Statement, _ request: Request, _ number: UInt64, _ result: OpaquePointer, _ status: ExecStatusType
  ) {
    if status == PGRES_FATAL_ERROR {
      let error = ServerError(result)
      let typed = typedError(error, of: request)
      answers.error = typed
      if error.sqlstate == SQLState.duplicateStatementName { return }  // it is there all the same
      let isHit = noteCancelHit(error)
      if isCarried(request), !isHit { request.failure = typed }
    }
    if prepared[statement].end(statement.serial, number) {
      prepared[statement].failure = request.failure
    }
  }

  private func notDeallocated(
    _ deallocation: PreparedStatements.Deallocation, _ result: OpaquePointer, _ status: ExecStatusType
  ) {
    guard status == PGRES_FATAL_ERROR else { return prepared.skipped(deallocation) }
    let error = ServerError(result)
    answers.error = error.error()
    if error.sqlstate == SQLState.failedTransaction || noteCancelHit(error) { prepared.skipped(deallocation) }
  }

  private func notPlanned(_ error: ServerError) {
    answers.error = error.error()
    _ = noteCancelHit(error)
  }

  // MARK: The end of a segment

  /// The Sync failed: a deferred constraint, for instance. Its answer is still to come.
  private func commitFailed(_ result: OpaquePointer) {
    let error = ServerError(result).error()
    PQclear(result)
    answers.error = error
    for (request, _) in answers.unconfirmed { request.end(.failure(error)) }
    answers.unconfirmed.removeAll(keepingCapacity: true)
  }

  private func segmentEnded() {
    let ended = answers.next()
    if ended.error != nil { plansReadsOnce = nil }
    for (request, result) in ended.unconfirmed { request.end(.success(result)) }
    // Should the connection break before they are sent, they move with the others.
    answers.repeats = ended.repeats.reversed()
    while let request = answers.repeats.popLast() {
      if isCarried(request) { submitAlone(request) }
    }
  }
}
