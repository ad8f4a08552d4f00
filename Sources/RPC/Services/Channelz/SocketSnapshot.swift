internal import CLinux
internal import Glibc

/// What channelz says of a connection: a snapshot taken on its loop, for any thread.
struct SocketSnapshot: Sendable {
  let id: Int64
  let name: String
  var counters = ConnectionCounters()
  var local: EndpointAddress?
  var remote: EndpointAddress?
  var tls: TLSDescription?
  var windows: FlowControlWindows?
}

/// What each side may send on a connection before the other makes more room, in bytes.
struct FlowControlWindows: Sendable {
  let ours: Int
  let theirs: Int
}

extension ServerConnection {
  /// The connection as it is now. Only on its loop.
  var snapshot: SocketSnapshot {
    var snapshot = SocketSnapshot(id: channelzID, name: peer.description, counters: counters)
    for case let call as Call in session?.streams ?? [] { snapshot.counters.add(call.traffic) }
    snapshot.local = .local(of: fd)
    snapshot.remote = .remote(of: fd)
    snapshot.tls = tls?.description
    snapshot.windows = session?.windows
    return snapshot
  }
}

/// Turns the loops' time into the calendar's.
struct CalendarClock {
  private let offset: Int64

  init() {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    offset = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - linux_monotonic_ns()
  }

  /// Seconds since 1970 and nanoseconds, for a time on the clock of `loop.now`.
  func time(_ loopTime: Int64) -> (seconds: Int64, nanoseconds: Int32) {
    let (seconds, rest) = (loopTime + offset).quotientAndRemainder(dividingBy: 1_000_000_000)
    return (seconds, Int32(rest))
  }
}
