internal import EventLoop
internal import Synchronization

/// When somebody looked last, by the clock that nothing sets. From any thread.
final class LookTimes: Sendable {
  private static let never: Int64 = -1

  private let beganAt = Atomic<Int64>(never)
  private let endedAt = Atomic<Int64>(never)

  /// How long nobody had looked: until now, or until the look began that is under way. Nothing before the first look.
  var gap: Duration {
    let ended = endedAt.load(ordering: .relaxed)
    if ended == Self.never { return .zero }
    let began = beganAt.load(ordering: .relaxed)
    return .microseconds((began == Self.never ? MachineClock.elapsedMicroseconds : began) &- ended)
  }

  /// A look begins.
  func began() { beganAt.store(MachineClock.elapsedMicroseconds, ordering: .relaxed) }

  /// It is over.
  func ended() {
    endedAt.store(MachineClock.elapsedMicroseconds, ordering: .relaxed)
    beganAt.store(Self.never, ordering: .relaxed)
  }
}
