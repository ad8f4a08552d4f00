/// A hierarchical timing wheel: starting and cancelling take constant time for any number of timers.
///
/// Ticks are milliseconds. The first ring has a slot per tick, each further ring a slot per turn of the ring before it
/// (G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 7). A timer beyond the outermost
/// ring (about 49 days) waits in its last slot, and is placed again when that slot is reached.
///
/// It is a class, because timers that fire start others: a struct would be mutated twice at once.
final class TimerWheel {
  private static let nanosecondsPerTick: Int64 = 1_000_000

  private let slots = TimerSlots()
  /// The tick up to which everything due has fired.
  private var current: Int64?

  /// Timers that have not fired yet.
  var count: Int { slots.count }

  func schedule(_ timer: Timer, at deadline: Int64) {
    timer.cancel()
    let due = deadline / Self.nanosecondsPerTick + 1  // never early
    timer.tick = due
    slots.link(timer, upcoming: (current ?? 0) + 1)
  }

  /// Fires what is due at `now`, in nanoseconds. Timers that firing ones start for the same instant fire next turn.
  func advance(to now: Int64) {
    let target = now / Self.nanosecondsPerTick
    guard let start = current, slots.count > 0 else {
      if current == nil { slots.rebase(to: target) }
      current = target
      return
    }
    var tick = start
    while tick < target && slots.count > 0 {
      tick += 1
      current = tick
      slots.cascade(at: tick)
      slots.fireAll(at: tick)
    }
    current = target
  }

  /// The time that the loop may sleep, in milliseconds: until the next timer or the next turn of the first ring; -1 for
  /// ever.
  func waitMs(now: Int64) -> Int32 {
    guard slots.count > 0 else { return -1 }
    let tick = current ?? now / Self.nanosecondsPerTick
    return Int32(slots.ticksToNext(after: tick))
  }
}
