import EventLoop
import Testing

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

  @Test func `what work holds is released when the work is done, while more waits`() async throws {
    let workers = OffLoopWorkers(count: 1, named: "test")
    weak let weakly: Submitter? = try await {
      let holder = Submitter(workers)
      weak let weakly = holder
      try await workers.run { withExtendedLifetime(holder) {} }
      return weakly
    }()
    try await workers.run {}
    #expect(weakly == nil)
    await Task.detached { workers.shutdown() }.value
  }
}
