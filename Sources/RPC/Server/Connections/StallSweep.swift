internal import CNGHTTP2
internal import EventLoop

/// Looks at a connection at intervals and ends what has stalled: incomplete frames and headers, incomplete requests,
/// responses that the caller does not read. Keepalive cannot detect these, because the caller is alive.
final class StallSweep {
  /// Looks within each limit, so that a stall lasts at most half as long again.
  private static let looksPerLimit = 2

  private unowned let connection: ServerConnection
  private let limits: RPCLimits
  private var timer: Timer!

  init(_ connection: ServerConnection) {
    self.connection = connection
    limits = connection.server.limits
    timer = Timer { [unowned self] in look() }
    startTimer()
  }

  func stop() { timer.cancel() }

  private func startTimer() {
    let stall = min(limits.requestStallMax, limits.responseStallMax)
    connection.loop.schedule(timer, after: stall / Self.looksPerLimit)
  }

  private func look() {
    startTimer()
    let now = connection.loop.now
    if hasStalled(now) { return connection.close() }
    for stream in connection.session?.streams ?? [] {
      guard let call = stream as? Call else { continue }
      let isUnread = call.outgoing.count > 0
      let limit = isUnread ? limits.responseStallMax : limits.requestStallMax
      let owes = isUnread || call.callerOwesRequest
      guard StallWatch.look(since: &call.stillSince, owes: owes, limit: limit, now: now) else { continue }
      if isUnread { call.reset(NGHTTP2_CANCEL) } else { call.requestStalled() }
    }
  }

  /// The connection's own stalls, apart from its streams: a full socket, or an incomplete frame.
  private func hasStalled(_ now: Int64) -> Bool {
    let isUnread = connection.waitsForRoom
    let limit = isUnread ? limits.responseStallMax : limits.requestStallMax
    let owes = isUnread || connection.session?.owesBytes == true
    return StallWatch.look(since: &connection.stillSince, owes: owes, limit: limit, now: now)
  }
}
