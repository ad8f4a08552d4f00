/// The cancels that a shared connection has sent. The server ends what it does when a cancel arrives: that may be any
/// statement that was sent before the cancel took effect.
struct SentCancels {
  /// Whether the server has not yet dealt with the last one.
  private(set) var isUnderWay = false
  /// The segments that were sent before the last one took effect.
  private var segmentsReached = 0
  /// When the server had dealt with the last one, by a clock in nanoseconds.
  private var endedAt: Int64?

  /// A cancel is being sent.
  mutating func begin() { isUnderWay = true }

  /// The server has dealt with it, before anything was sent behind the first `segments` of the connection.
  mutating func end(segments: Int, at now: Int64) {
    (isUnderWay, segmentsReached, endedAt) = (false, segments, now)
  }

  /// Whether another one may be sent: the server has dealt with the last one, and its answer has had `patience` ns to
  /// arrive. Before, another one would hit the read behind.
  func mayBegin(at now: Int64, patience: Int64) -> Bool {
    guard let endedAt, !isUnderWay else { return !isUnderWay }
    return now - endedAt >= patience
  }

  /// Whether one of them may have ended a statement of the segment that so many others came before.
  func mayHit(segment segmentsBefore: Int) -> Bool { isUnderWay || segmentsBefore < segmentsReached }
}
