/// What has happened on one connection, or on many together. Times are on the clock of `loop.now`, in nanoseconds.
struct ConnectionCounters: Sendable {
  var streamsStarted: Int64 = 0
  var streamsSucceeded: Int64 = 0
  var streamsFailed: Int64 = 0
  /// Messages of the streams that are closed.
  var messagesSent: Int64 = 0
  var messagesReceived: Int64 = 0
  var keepAlivesSent: Int64 = 0
  var lastStreamStarted: Int64?
  var lastMessageSent: Int64?
  var lastMessageReceived: Int64?

  @inline(__always)
  mutating func streamStarted(at now: Int64) {
    streamsStarted &+= 1
    lastStreamStarted = now
  }

  @inline(__always)
  mutating func streamEnded(well: Bool, _ traffic: CallTraffic) {
    if well { streamsSucceeded &+= 1 } else { streamsFailed &+= 1 }
    add(traffic)
  }

  mutating func add(_ traffic: CallTraffic) {
    messagesSent &+= Int64(traffic.messagesSent)
    messagesReceived &+= Int64(traffic.messagesReceived)
  }
}

/// The calls of one loop, over all its connections.
struct CallCounters: Sendable {
  var started: Int64 = 0
  var succeeded: Int64 = 0
  var failed: Int64 = 0
  var lastStarted: Int64?

  @inline(__always)
  mutating func began(at now: Int64) {
    started &+= 1
    lastStarted = now
  }

  @inline(__always)
  mutating func ended(well: Bool) { if well { succeeded &+= 1 } else { failed &+= 1 } }

  static func + (left: CallCounters, right: CallCounters) -> CallCounters {
    let last = [left.lastStarted, right.lastStarted].compactMap { $0 }.max()
    return CallCounters(
      started: left.started + right.started, succeeded: left.succeeded + right.succeeded,
      failed: left.failed + right.failed, lastStarted: last)
  }
}
