import Eventually
import Synchronization
import Testing

@testable import EventLoop

/// Work on threads beside the loops.
@Suite struct OffLoopWorkersTests {
  /// Submits more work when it is released.
  private final class Submitter: Sendable {
    private let workers: OffLoopWorkers

    init(_ workers: OffLoopWorkers) { self.workers = workers }

    deinit { _ = workers.submit {} }
  }

  @Test func `what work holds may submit more when it is released`() async throws {
    let workers = OffLoopWorkers(count: 2, named: "test")
    for _ in 0..<200 {
      let holder = Submitter(workers)
      _ = workers.submit { withExtendedLifetime(holder) {} }
    }
    for number in 0..<10 { #expect(try await workers.run { number } == number) }
    await Task.detached { workers.shutdown() }.value
  }

  /// Work that blocks its thread until it is let go.
  private final class Blocking: Sendable {
    private let gate = Semaphore()
    private let begun = Atomic<Bool>(false)

    var hasBegun: Bool { begun.load(ordering: .relaxed) }

    func run() {
      begun.store(true, ordering: .relaxed)
      gate.wait()
    }

    func letGo() { gate.signal() }
  }

  @Test func `a thread whose work is given up is replaced, so often and no more`() async throws {
    let workers = OffLoopWorkers(count: 1, named: "test")
    var blocking: [Blocking] = []
    func block() async throws -> SubmittedWork {
      let work = Blocking()
      let submitted = try #require(workers.submitted { work.run() })
      try await eventually { work.hasBegun }
      blocking.append(work)
      return submitted
    }
    for number in 0..<OffLoopWorkers.blockedThreadsMax {
      try await block().giveUp()
      #expect(try await workers.run { number } == number)
    }
    #expect(workers.threadCount == 1 + OffLoopWorkers.blockedThreadsMax)
    let over = try await block()
    #expect(over.giveUp())
    #expect(workers.threadCount == 1 + OffLoopWorkers.blockedThreadsMax, "no thread takes the place of this one")
    let last = Blocking()
    _ = workers.submit { last.run() }
    for work in blocking { work.letGo() }
    // The threads that were replaced have ended, the one that was not goes on.
    try await eventually { last.hasBegun && workers.threadCount == 1 }
    let waits = Blocking()
    let dropped = try #require(workers.submitted { waits.run() })
    dropped.giveUp()
    last.letGo()
    #expect(try await workers.run { 1 } == 1)
    #expect(!waits.hasBegun, "it was given up before it began")
    await Task.detached { workers.shutdown() }.value
  }

  @Test func `what work holds is released when the work is done, while more waits`() async throws {
    let workers = OffLoopWorkers(count: 1, named: "test")
    let (first, second) = (Blocking(), Blocking())
    // The queue has two pieces when the first of them is taken.
    _ = workers.submit { first.run() }
    try await eventually { first.hasBegun }
    weak let weakly: Submitter? = {
      let holder = Submitter(workers)
      weak let weakly = holder
      _ = workers.submit { withExtendedLifetime(holder) {} }
      return weakly
    }()
    _ = workers.submit { second.run() }
    first.letGo()
    try await eventually { second.hasBegun }
    #expect(weakly == nil)
    second.letGo()
    await Task.detached { workers.shutdown() }.value
  }
}
