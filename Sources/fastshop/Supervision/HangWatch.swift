import EventLoop
import Processes

/// Detects workers that hang: one of their loops makes no more turns. A value: the caller passes in times and the state
/// of threads.
///
/// It counts only the loop's own time, up to ``bound``: time that the loop waits without a reason to wake, and time
/// that it computes. It does not count waiting for a processor or a disk, or being stopped by a debugger or SIGSTOP.
/// Between two looks it counts no more time than their interval, so a sleeping machine, which stops the supervisor as
/// well, counts nothing.
struct HangWatch {
  typealias Instant = ContinuousClock.Instant

  /// Each loop makes at least one turn in this time, and the supervisor looks as often.
  static let interval: Duration = .seconds(1)
  /// The maximum time that counts between two checks.
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

  /// Checks the worker `id`, whose loops have noted `report`; `thread` reads the status of one of its threads.
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
