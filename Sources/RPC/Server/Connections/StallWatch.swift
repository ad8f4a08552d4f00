internal import EventLoop

/// Whether somebody who owes us bytes has moved any since we last looked. A value: time is a parameter.
///
/// Bytes that move only set a mark back to 0, which costs next to nothing; looking again every few seconds does the
/// rest, so that a stall is found at most one look late and never early.
enum StallWatch {
  /// Looks at one mark.
  /// - Parameters:
  ///   - since: the mark; it is set when the other side is first found to owe something.
  ///   - owes: whether the other side owes something now.
  ///   - limit: how long it may owe it without moving a byte.
  ///   - now: the loop's clock, in nanoseconds.
  /// - Returns: whether it has stalled.
  static func look(since: inout Int64, owes: Bool, limit: Duration, now: Int64) -> Bool {
    if !owes {
      since = 0
      return false
    }
    if since == 0 {
      since = now
      return false
    }
    return now - since >= limit.nanoseconds
  }
}
