import EventLoop
import Processes

/// Finds workers that hang: one of their loops makes no turn any more. A value without a clock or a process: both are
/// handed in.
///
/// Only the loop's own doing counts, up to ``bound``: time that it waits where nobody wakes it, and time that it
/// computes. Waiting for a processor does not count, nor for a disk, nor being stopped by a debugger or SIGSTOP; and of
/// the time between two looks only as much as there should be, so that nothing counts that stopped both us and the
/// worker, such as a sleeping machine.
struct HangWatch {
  typealias Instant = ContinuousClock.Instant

  /// Each loop makes a turn that often at least; so does whoever looks.
  static let interval: Duration = .seconds(1)
  /// Of the time since the last look, more does not count.
  private static let gapMax: Duration = .seconds(2)

  enum Finding: Equatable {
    /// The loop of that index has made no turn for the bound.
    case hangs(loop: Int, ThreadStatus.State)
    /// Somebody has stopped the worker.
    case isStopped
    /// It goes on.
    case goesOn
  }

  private struct Loop {
    var turns: UInt64
    var still: Duration = .zero
    var computed: Duration?

    mutating func count(_ reading: ThreadStatus, _ gap: Duration) {
      switch reading.state {
      case .running:
        if let computed { still += min(max(reading.computed - computed, .zero), gap) }
      case .waiting: still += gap
      case .waitingForDisk, .stopped, .ended: break
      }
      computed = reading.computed
    }
  }

  private struct Worker {
    var loops: [Loop] = []
    var lookedAt: Instant
    var isStopped = false
  }

  private let bound: Duration
  private var workers: [Int32: Worker] = [:]

  init(bound: Duration) { self.bound = bound }

  /// Looks at the worker `id`, whose loops have noted `report`; `thread` asks for one of its threads.
  mutating func look(
    at id: Int32, _ report: TurnReport, now: Instant, thread: (Int32) -> ThreadStatus?
  ) -> Finding? {
    var worker = workers[id] ?? Worker(lookedAt: now)
    defer { workers[id] = worker }
    let gap = min(max(worker.lookedAt.duration(to: now), .zero), Self.gapMax)
    worker.lookedAt = now
    var hanging: Finding?
    var isStopped = false
    for (index, noted) in report.loops.enumerated() where noted.thread > 0 {
      while worker.loops.count <= index { worker.loops.append(Loop(turns: .max)) }
      if noted.turns != worker.loops[index].turns {
        worker.loops[index] = Loop(turns: noted.turns)
        continue
      }
      guard let reading = thread(noted.thread) else { continue }
      if reading.state == .stopped { isStopped = true }
      worker.loops[index].count(reading, gap)
      if worker.loops[index].still >= bound { hanging = hanging ?? .hangs(loop: index, reading.state) }
    }
    if let hanging { return hanging }
    defer { worker.isStopped = isStopped }
    if isStopped == worker.isStopped { return nil }
    return isStopped ? .isStopped : .goesOn
  }

  /// It has ended.
  mutating func forget(_ id: Int32) { workers[id] = nil }
}
