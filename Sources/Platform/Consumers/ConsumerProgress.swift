internal import EventLoop

/// What a runner has done, and how far it is. Confined to its loop.
final class ConsumerProgress {
  /// Whether this process runs the consumer.
  var isOwner = false
  var events = 0
  var failures = 0
  var parked = 0
  /// Up to here, events are tried one by one, because one of them fails.
  var carefulUpTo: Int64?
  var stride: ConsumerStride
  /// When it looks again for parked events that are to be tried again, by the monotonic clock.
  var nextRetriesNs: Int64 = 0
  /// The event that had to wait too long for others, and how often.
  private var contended: (seq: Int64, count: Int) = (0, 0)
  private(set) var behind: Int64 = 0
  private var behindSinceNs: Int64?

  init(eventsMax: Int) { stride = ConsumerStride(eventsMax: eventsMax) }

  var isCareful: Bool { carefulUpTo != nil }

  /// The consumer has read up to `seq`, and the server up to `last`.
  func reached(_ seq: Int64, of last: Int64) {
    isOwner = true
    if let end = carefulUpTo, seq >= end { carefulUpTo = nil }
    behind = max(0, last - seq)
    if behind == 0 { behindSinceNs = nil } else if behindSinceNs == nil { behindSinceNs = EventLoop.preciseNow }
  }

  /// An event had to wait too long for others.
  /// - Returns: how often it has, since this process runs the consumer.
  func contention(of seq: Int64) -> Int {
    contended = (seq, contended.seq == seq ? contended.count + 1 : 1)
    return contended.count
  }

  /// How often the event has, since this process runs the consumer.
  func contentions(of seq: Int64) -> Int { contended.seq == seq ? contended.count : 0 }

  /// For how long it has not been up to date.
  var lag: Duration { behindSinceNs.map { .nanoseconds(EventLoop.preciseNow &- $0) } ?? .zero }
}
