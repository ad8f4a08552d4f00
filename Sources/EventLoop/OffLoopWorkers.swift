internal import Synchronization

/// Work was refused because the queue is full.
public struct OffLoopQueueFull: Error {
  /// The capacity of the queue.
  public let limit: Int
}

/// Threads for work that would delay a loop: computations of more than about 100 µs, or calls that block.
///
/// The loops share some threads. Work that waits for others, perhaps for long, makes threads of its own, so that it
/// does not delay computations. Work that may block for ever can be given up: see ``SubmittedWork/giveUp()``.
package final class OffLoopWorkers: Sendable {
  /// Pieces of work that may wait; more are refused with ``OffLoopQueueFull``.
  static let queueDepthMax = 1024
  /// Threads whose work was given up while it blocked them, and that others have replaced, at most.
  package static let blockedThreadsMax = 16

  private struct Queue {
    var waiting: [SubmittedWork] = []
    var head = 0
    var closed = false
  }

  private let queue = Mutex(Queue())
  private let available = Semaphore()
  private let name: String
  private let threads = Mutex(Threads())

  private struct Threads {
    var running: [Int: StartedThread] = [:]
    var started = 0
    /// Those that others have replaced.
    var blocked = 0
  }

  /// Starts so many threads; `name` is what they are called in the system's lists, 10 letters at most.
  package init(count: Int, named name: String = "off-loop") {
    self.name = name
    for index in 0..<count {
      let thread = startThread(named: "\(name)-\(index)") { self.work(as: index) }
      threads.withLock {
        $0.running[index] = thread
        $0.started += 1
      }
    }
  }

  /// Its threads, the blocked ones among them.
  var threadCount: Int { threads.withLock { $0.running.count } }

  /// Has one of the threads do `work`, soon.
  /// - Returns: false when too much work waits already.
  package func submit(_ work: @escaping @Sendable () -> Void) -> Bool { submitted(work) != nil }

  /// Has one of the threads do `work`, soon. It may be given up.
  /// - Returns: nil when too much work waits already.
  package func submitted(_ work: @escaping @Sendable () -> Void) -> SubmittedWork? {
    let work = SubmittedWork(work, for: self)
    let accepted = queue.withLock {
      guard !$0.closed, $0.waiting.count - $0.head < Self.queueDepthMax else { return false }
      $0.waiting.append(work)
      return true
    }
    guard accepted else { return nil }
    available.signal()
    return work
  }

  /// Lets the threads end after what is waiting, and waits for them.
  package func shutdown() {
    queue.withLock { $0.closed = true }
    let joined = threads.withLock {
      let all = $0.running.values
      $0.running = [:]
      return all
    }
    for _ in joined { available.signal() }
    for thread in joined { thread.join() }
  }

  private func work(as number: Int) {
    while true {
      available.wait()
      let next: SubmittedWork? = queue.withLock {
        guard $0.head < $0.waiting.count else { return nil }
        let work = $0.waiting[$0.head]
        $0.head += 1
        if $0.head == $0.waiting.count || $0.head == Self.queueDepthMax {
          $0.waiting.removeFirst($0.head)
          $0.head = 0
        }
        return work
      }
      guard let next else { return }  // woken with nothing to do: closed
      if !next.run() { return ended(number) }
    }
  }

  /// Starts a thread in the place of one that is blocked.
  /// - Returns: whether there is one; not when too many are blocked, or the system refuses it.
  fileprivate func replaceThread() -> Bool {
    threads.withLock {
      guard $0.blocked < Self.blockedThreadsMax else { return false }
      let number = $0.started
      guard case .success(let thread) = tryStartThread(named: "\(name)-\(number)", { self.work(as: number) }) else {
        return false
      }
      $0.running[number] = thread
      $0.started += 1
      $0.blocked += 1
      return true
    }
  }

  /// A thread that was replaced is blocked no more.
  private func ended(_ number: Int) {
    threads.withLock {
      $0.blocked -= 1
      $0.running.removeValue(forKey: number)?.detach()
    }
  }
}

/// Work that a thread of ``OffLoopWorkers`` does or will do.
package final class SubmittedWork: Sendable {
  private enum State {
    case waiting(@Sendable () -> Void)
    case running
    /// Given up while it ran: another thread has replaced its own.
    case blocking
    case over
  }

  private let workers: OffLoopWorkers
  private let state: Mutex<State>

  fileprivate init(_ body: @escaping @Sendable () -> Void, for workers: OffLoopWorkers) {
    self.workers = workers
    state = Mutex(.waiting(body))
  }

  /// Nobody waits for it any more. If it has not begun, it will not. If it blocks its thread, another thread takes the
  /// place of that one, which ends when the work returns.
  /// - Returns: whether it has begun, and still runs.
  @discardableResult
  package func giveUp() -> Bool {
    // Released outside of the lock: what the work holds may do anything then.
    let former = state.withLock { state in
      let former = state
      switch former {
      case .waiting: state = .over
      case .running: if workers.replaceThread() { state = .blocking }
      case .blocking, .over: break
      }
      return former
    }
    switch former {
    case .running, .blocking: return true
    case .waiting, .over: return false
    }
  }

  /// - Returns: whether its thread goes on.
  fileprivate func run() -> Bool {
    guard let body = begin() else { return true }
    body()
    return state.withLock { state in
      defer { state = .over }
      if case .blocking = state { return false }
      return true
    }
  }

  /// What the work holds may submit more when it is released: that is when it is done, and not under a lock.
  private func begin() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard case .waiting(let body) = state else { return nil }
      state = .running
      return body
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
