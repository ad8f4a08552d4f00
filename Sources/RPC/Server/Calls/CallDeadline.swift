internal import EventLoop

/// The deadline of a call.
///
/// A caller's own deadline stands, however far it is. A call without one has the method's default.
///
/// A call whose deadline has passed does not begin. A call that has begun is cancelled: its open transaction is rolled
/// back, unless its COMMIT was already sent. Then the change stands, and so does its stored response.
extension Call {
  /// Turns of a loop are far shorter.
  private static let nearDeadlineNs: Int64 = 1_000_000_000

  static let pastDeadline = RPCError(.deadlineExceeded, "the deadline passed before the call ended")

  /// The caller waits so long from now on.
  func start(deadlineIn nanoseconds: Int64) {
    request.deadline = loop.now &+ nanoseconds
    let timer = deadlineTimer ?? Timer { [unowned self] in abandon(Self.pastDeadline) }
    deadlineTimer = timer
    loop.schedule(timer, at: loop.now &+ nanoseconds)
  }

  /// Ends the call with DEADLINE_EXCEEDED if it lasts longer than this from now on: for a stream of requests, which has
  /// no default deadline. A later limit replaces an earlier one, and may end later. A deadline of the caller or of the
  /// method that is nearer stands. Only on its loop.
  public func limitTime(to limit: Duration) {
    var nanoseconds = limit.nanoseconds
    if let deadline = request.deadlineOfCaller { nanoseconds = min(nanoseconds, deadline &- loop.now) }
    start(deadlineIn: max(0, nanoseconds))
  }

  /// Whether the caller no longer waits. The loop's clock does not advance within a turn, in which many handlers may
  /// have run. If the deadline is near, the time is read again.
  @inline(__always)
  var isPastDeadline: Bool {
    guard let deadline = request.deadline else { return false }
    return deadline &- loop.now < Self.nearDeadlineNs && loop.preciseNow >= deadline
  }

  /// Whether the call waits only for the rest of a request.
  var callerOwesRequest: Bool {
    if peerEnded || isFinished || requestAdmission == .waiting { return false }
    return !isRunning || (receiveWaiter != nil && !incoming.isEmpty)
  }

  /// The caller has left its request unfinished for too long.
  func requestStalled() { abandon(RPCError(.deadlineExceeded, "the rest of the request did not arrive in time")) }

  /// The caller sends no more requests, and does not end its stream either.
  func requestsStopped() { abandon(RPCError(.deadlineExceeded, "no request has arrived for too long")) }

  /// Ends the call of a caller who is to connect again, to another server or to the next worker.
  func depart(_ reason: String = "the server is stopping; connect again") {
    abandon(RPCError(.unavailable, reason))
  }
}
