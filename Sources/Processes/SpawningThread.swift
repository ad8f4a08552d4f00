internal import EventLoop
internal import Synchronization

/// The one thread that starts the programs which the kernel is to end with us, and that replaces our own program.
///
/// The kernel's parent is a thread, not a process: who asked to be ended with its parent is ended with the thread that
/// started it. Of a process that becomes another program, only the thread that asks for it remains.
package enum SpawningThread {
  private final class Result<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
    let isThere = Semaphore()
  }

  private static let workers = OffLoopWorkers(count: 1, named: "spawn")

  /// Runs `body` on it and waits for what it returns; nil when too many wait already. Not from that thread.
  package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
    let result = Result<Value>()
    let isTaken = workers.submit {
      let value = body()
      result.value.withLock { $0 = value }
      result.isThere.signal()
    }
    guard isTaken else { return nil }
    result.isThere.wait()
    return result.value.withLock { $0 }
  }
}
