internal import Glibc
internal import Synchronization

/// The loops of a process, one thread each, and the worker threads that they share.
public final class EventLoopGroup: Sendable {
  /// The loops, in order of their index.
  public let loops: [EventLoop]
  private let workers: OffLoopWorkers
  private let threads: Mutex<[StartedThread]>

  /// Processors that this process may use.
  public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Starts `count` loops, by default as many as there are processors.
  public init(count: Int = EventLoopGroup.processorCount) {
    precondition(count > 0, "a group needs at least one loop")
    let workers = OffLoopWorkers(count: max(2, count))
    self.workers = workers
    loops = (0..<count).map { EventLoop(index: $0, workers: workers) }
    threads = Mutex([])
    for loop in loops {
      let thread = startThread(named: "loop-\(loop.index)") { loop.run() }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Has the loops note their turns in `memory`. To be called once.
  package func noteTurns(in memory: TurnMemory) { for loop in loops { loop.noteTurns(in: memory) } }

  /// Stops the loops once their queues are empty and waits for their threads. Close what lives on them first: tasks
  /// that still wait for something then wait for ever. Not from a loop. Safe to call twice.
  public func shutdown() {
    let running = threads.withLock {
      let all = $0
      $0 = []
      return all
    }
    workers.shutdown()
    for loop in loops { loop.stop() }
    for thread in running { thread.join() }
  }
}
