internal import EventLoop

/// Serves callers that have closed their half of the connection, as `nc -N` and scripts do after their request. The
/// server answers complete requests, and closes the connection after the last answer.
///
/// Such a caller cannot be told from one that has gone, until it rejects what the server sends. So it gets no endless
/// streams, and a bounded time for all other calls.
extension ServerConnection {
  /// The caller sends nothing more, or nothing but what is not read yet.
  func boundHalfClosed() {
    endEndlessCalls()
    // Calls that could not begin, because their caller does not read, need not begin.
    for call in ready where !call.isFinished { call.cancelHalfClosed() }
    let timer = Timer { [unowned self] in halfClosedTooLong() }
    halfClosedTimer = timer
    loop.schedule(timer, after: server.limits.halfClosedMax)
  }

  private func endEndlessCalls() {
    for case let call as Call in session?.streams ?? [] where call.isEndless { call.cancelHalfClosed() }
  }

  /// Calls that are still at work end; what is sent already may still be read, within the limits on stalls.
  private func halfClosedTooLong() {
    guard let session else { return close() }
    for case let call as Call in session.streams where !call.isFinished { call.cancelHalfClosed() }
    session.announceGoingAway()
    needsFlush()
  }
}

extension Call {
  /// Ends a call whose caller may be gone.
  func cancelHalfClosed() {
    abandon(RPCError(.cancelled, "the client has half-closed the connection and may be gone"))
  }
}
