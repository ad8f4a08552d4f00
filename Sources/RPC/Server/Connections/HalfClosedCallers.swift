internal import EventLoop

/// Callers who have ended their half of the connection, as `nc -N` and scripts do once they have asked: what they asked
/// for wholly is answered, and the connection closes behind the last answer.
///
/// Nobody can tell them from those who have gone, until what is sent to them is refused. So they get no streams without
/// end, for which nobody may listen, and a bounded time for everything else.
extension ServerConnection {
  /// The caller sends nothing more, or nothing but what is not read yet.
  func boundHalfClosed() {
    endEndlessCalls()
    // Those that could not begin, because their caller does not read what it was sent, need not begin for nobody.
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
