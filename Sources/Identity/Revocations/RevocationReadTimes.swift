internal import EventLoop
internal import Synchronization

/// When somebody looked last, by the clock that nothing sets. From any thread.
final class RevocationReadTimes: Sendable {
  private static let never: Int64 = -1

  private let beganAt = Atomic<Int64>(never)
  private let endedAt = Atomic<Int64>(never)

  /// How long nobody had looked: until now, or until the look began that is under way. Nothing before the first look.
  var gap: Duration {
    // In this order: a look that begins or ends meanwhile makes the gap shorter, and nobody is refused for it.
    let now = MachineClock.elapsedMicroseconds
    let began = beganAt.load(ordering: .acquiring)
    let ended = endedAt.load(ordering: .acquiring)
    if ended == Self.never { return .zero }
    return .microseconds((began == Self.never ? now : began) &- ended)
  }

  /// A look begins.
  func began() { beganAt.store(MachineClock.elapsedMicroseconds, ordering: .releasing) }

  /// It is over.
  func ended() {
    endedAt.store(MachineClock.elapsedMicroseconds, ordering: .releasing)
    beganAt.store(Self.never, ordering: .releasing)
  }
}
