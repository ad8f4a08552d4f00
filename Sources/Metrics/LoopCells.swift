internal import EventLoop

/// The counters of one loop, for code of that loop. As `LoopBound`, but it counts no reference to the loop, because
/// every call counts something.
struct LoopCells: @unchecked Sendable {
  private let loop: ObjectIdentifier
  private let counters = MetricCells()

  init(of loop: EventLoop) { self.loop = ObjectIdentifier(loop) }

  /// The counters. Only on `loop`, which must be theirs.
  @inline(__always)
  func cells(on loop: EventLoop) -> MetricCells {
    precondition(ObjectIdentifier(loop) == self.loop && loop.isCurrent, "counters of another event loop")
    return counters
  }
}
