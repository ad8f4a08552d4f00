internal import Synchronization

/// Work was refused because the queue is full.
public struct OffLoopQueueFull: Error {
  /// The capacity of the queue.
  public let limit: Int
}

/// Threads for work that would delay a loop: computations of more than about 100 µs, or calls that block.
///
/// The loops share some threads. Work that waits for others, perhaps for long, makes threads of its own, so that it
/// does not delay computations.
package final class OffLoopWorkers: Sendable {
  /// Pieces of work that may wait; more are refused with ``OffLoopQueueFull``.
  static let queueDepthMax = 1024

  private struct Queue {
    var waiting: [(@Sendable () -> Void)?] = []
    var head = 0
    var closed = false
  }

  private let queue = Mutex(Queue())
  private let available = Semaphore()
  private let threads: Mutex<[StartedThread]>

  /// Starts so many threads; `name` is what they are called in the system's lists, 10 letters at most.
  package init(count: Int, named name: String = "off-loop") {
    threads = Mutex([])
    for index in 0..<count {
      let thread = startThread(named: "\(name)-\(index)") { self.work() }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Has one of the threads do `work`, soon.
  /// - Returns: false when too much work waits already.
  package func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    let accepted = queue.withLock {
      guard !$0.closed, $0.waiting.count - $0.head < Self.queueDepthMax else { return false }
      $0.waiting.append(work)
      return true
    }
    if accepted { available.signal() }
    return accepted
  }

  /// Lets the threads end after what is waiting, and waits for them.
  package func shutdown() {
    queue.withLock { $0.closed = true }
    let joined = threads.withLock {
      let all = $0
      $0 = []
      return all
    }
    for _ in joined { available.signal() }
    for thread in joined { thread.join() }
  }

  private func work() {
    while true {
      available.wait()
      let next: (@Sendable () -> Void)? = queue.withLock {
        guard $0.head < $0.waiting.count else { return nil }
        // Taken out: what it holds may submit more when it is released, and must not be under the lock.
        let work = $0.waiting[$0.head]
        $0.waiting[$0.head] = nil
        $0.head += 1
        if $0.head == $0.waiting.count || $0.head == Self.queueDepthMax {
          $0.waiting.removeFirst($0.head)
          $0.head = 0
        }
        return work
      }
      guard let next else { return }  // woken with nothing to do: closed
      next()
    }
  }
}

extension OffLoopWorkers {
  /// Runs `work` on one of the threads; the task that waits for it resumes on its executor.
  /// - Throws: ``OffLoopQueueFull`` when the queue is full; the error of `work`.
  package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let accepted = submit { continuation.resume(with: Result(catching: work)) }
      if !accepted { continuation.resume(throwing: OffLoopQueueFull(limit: Self.queueDepthMax)) }
    }
  }
}

extension EventLoop {
  /// Runs `work` on a worker thread; the task that waits for it resumes on its own loop.
  ///
  /// Cancelling the task does not interrupt work that has begun.
  /// - Throws: ``OffLoopQueueFull`` when the queue is full; the error of `work`.
  public func offLoop<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await workers.run(work)
  }
}
