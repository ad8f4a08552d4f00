/// The number up to which the log can be read without gaps. Events get their numbers before they are committed, so a
/// number may still be missing when higher ones are visible.
///
/// A missing number either appears, or never will because its transaction was rolled back. To tell which, the reader
/// sets a *fence*: the set of transactions that were writing to the log after the number was missed. The transaction
/// that holds the number is among them. Once all of them have ended, a number that is still missing will never appear.
/// Transactions that write no events delay nothing.
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

  /// Records that `writers` write to the log now. Call it before reading the events for `admit`.
  mutating func see(_ writers: LogWriters) {
    guard let fence, writers.haveLeft(fence.writers) else { return }
    settled = max(settled, fence.upTo)
    self.fence = nil
  }

  /// The number of the events found after `seq`, in order, that may be delivered now.
  /// - Parameter isComplete: whether there was no event after the last of them.
  mutating func admit(_ found: [Int64], isComplete: Bool) -> Int {
    var admitted = 0
    for number in found {
      guard number - 1 <= max(seq, settled) else { break }
      seq = number
      admitted += 1
    }
    // A settled number that was not found is missing for good; after a full page, there may be more of them.
    if isComplete || admitted < found.count { seq = max(seq, settled) }
    return admitted
  }
}
