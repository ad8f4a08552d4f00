internal import EventLoop
internal import Synchronization

/// When revocations were read last, by the monotonic clock. From any thread.
final class RevocationReadTimes: Sendable {
  private static let never: Int64 = -1

  private let beganAt = Atomic<Int64>(never)
  private let endedAt = Atomic<Int64>(never)

  /// The time since the last read ended: until now, or until the read in progress began. Zero before the first read.
  var gap: Duration {
    // The order matters: a read that begins or ends in the meantime makes the gap shorter, so no call is refused for
    // it.
    let now = MachineClock.elapsedMicroseconds
    let began = beganAt.load(ordering: .acquiring)
    let ended = endedAt.load(ordering: .acquiring)
    if ended == Self.never { return .zero }
    return .microseconds((began == Self.never ? now : began) &- ended)
  }

  /// A read begins.
  func began() { beganAt.store(MachineClock.elapsedMicroseconds, ordering: .releasing) }

  /// The read has ended.
  func ended() {
    endedAt.store(MachineClock.elapsedMicroseconds, ordering: .releasing)
    beganAt.store(Self.never, ordering: .releasing)
  }
}
