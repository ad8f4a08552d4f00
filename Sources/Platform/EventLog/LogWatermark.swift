/// How far the log can be read without missing anything: events are numbered before they are committed, so a number may
/// still be missing when higher ones are there.
///
/// A missing number either appears, or its transaction rolled back and it never will. To tell, a *fence* is set: who
/// was writing to the log after the number was missed. Whoever holds the number is among them, so once they have all
/// ended, what is missing then is missing for good. Transactions that write no events hold nobody up.
struct LogWatermark: Equatable {
  private struct Fence: Equatable {
    let upTo: Int64
    let writers: LogWriters
  }

  /// Everything up to here has been read, or will never exist.
  private(set) var seq: Int64
  private var fence: Fence?
  /// Numbers up to here will not appear any more, unless they are there now.
  private var settled: Int64

  init(seq: Int64) {
    self.seq = seq
    settled = seq
  }

  /// Whether a fence is still to be set before what is missing up to `last` is known to be missing for good.
  func needsFence(upTo last: Int64) -> Bool { seq < last && settled <= seq && fence == nil }

  /// Whether it must be asked who writes to the log.
  var waitsForWriters: Bool { fence != nil }

  /// `writers` wrote to the log after `upTo` had been given out.
  mutating func setFence(upTo: Int64, writers: LogWriters) { fence = Fence(upTo: upTo, writers: writers) }

  /// `writers` write to the log now. To be told before the events are read that `admit` is called with.
  mutating func see(_ writers: LogWriters) {
    guard let fence, writers.haveLeft(fence.writers) else { return }
    settled = max(settled, fence.upTo)
    self.fence = nil
  }

  /// How many of the events that were found behind `seq`, in order, are to be delivered now.
  /// - Parameter isComplete: whether there was nothing behind the last of them.
  mutating func admit(_ found: [Int64], isComplete: Bool) -> Int {
    var admitted = 0
    for number in found {
      guard number - 1 <= max(seq, settled) else { break }
      seq = number
      admitted += 1
    }
    // What is settled and was not found is missing for good; a full page may have more of it behind its end.
    if isComplete || admitted < found.count { seq = max(seq, settled) }
    return admitted
  }
}
