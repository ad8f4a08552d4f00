internal import EventLoop
internal import Synchronization

/// The one thread that starts programs which the kernel ends with us, and that replaces our own program.
///
/// For the kernel a thread is the parent, not a process: a program that asks to be ended with its parent ends with the
/// thread that started it. When a process replaces its program, only the calling thread remains, as the new program's
/// main thread, and is the parent of the running children. So the main thread does all this from the beginning.
/// Otherwise a later replacement would end the programs that were started before an earlier one.
package enum SpawningThread {
  private final class Result<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
    let isThere = Semaphore()
  }

  private final class MainThread: Sendable {
    private static let waitingMax = 1024
    private let waiting = Mutex<[@Sendable () -> Void]?>(nil)
    private let isAsked = Semaphore()

    /// Whether `body` will be run; nil when the main thread does something else.
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool? {
      let isTaken = waiting.withLock { waiting -> Bool? in
        guard let count = waiting?.count else { return nil }
        if count < Self.waitingMax { waiting?.append(body) }
        return count < Self.waitingMax
      }
      if isTaken == true { isAsked.signal() }
      return isTaken
    }

    func begin() { waiting.withLock { $0 = [] } }

    func serve() -> Never {
      while true {
        isAsked.wait()
        let body = waiting.withLock { $0?.isEmpty == false ? $0?.removeFirst() : nil }
        body?()
      }
    }
  }

  private static let main = MainThread()
  /// For programs that leave their main thread to others, such as tests.
  private static let workers = OffLoopWorkers(count: 1, named: "spawn")

  /// Makes the calling thread, which is the main one, the one that starts programs, and does `program` elsewhere, which
  /// ends the process.
  package static func become(running program: @escaping @Sendable () async -> Void) -> Never {
    main.begin()
    Task.detached { await program() }
    main.serve()
  }

  /// Runs `body` on it and waits for what it returns; nil when too many wait already. Not from that thread.
  package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
    let result = Result<Value>()
    let work: @Sendable () -> Void = {
      let value = body()
      result.value.withLock { $0 = value }
      result.isThere.signal()
    }
    guard main.submit(work) ?? workers.submit(work) else { return nil }
    result.isThere.wait()
    return result.value.withLock { $0 }
  }
}
