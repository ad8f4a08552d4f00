/// A callback to run later on a loop. Confined to its loop. It can be scheduled again without allocating.
public final class Timer {
  var fire: () -> Void
  /// The tick at which it is due.
  var tick: Int64 = 0
  // Its index in a slot of the wheel, which holds a reference to it while it runs.
  var slot = -1
  var next: Timer?
  unowned(unsafe) var previous: Timer?
  unowned(unsafe) var wheel: TimerSlots?

  /// A timer that calls `fire` on its loop each time it comes due.
  public init(_ fire: @escaping () -> Void) { self.fire = fire }

  /// Whether it is started and has not fired yet.
  public var isScheduled: Bool { slot >= 0 }

  /// Stops it if it is started. Only on its loop.
  public func cancel() { wheel?.unlink(self) }
}
