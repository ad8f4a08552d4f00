internal import EventLoop
internal import Postgres

/// Tells the job worker of this process, from any loop, that jobs of some kinds may be due.
final class JobWakeUp: Sendable {
  /// What was called since the last wait.
  struct Calls {
    /// Kinds of jobs that this process enqueued.
    var local: Set<String> = []
    /// Kinds of jobs that another process has no room for, or enqueued without running jobs itself.
    var remote: Set<String> = []
    /// Whether leases are to be renewed: a running job was cancelled.
    var isRenewal = false

    var all: Set<String> { local.union(remote) }
  }

  private final class Signal {
    let wakeUp: WakeUp
    var calls = Calls()

    init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }
  }

  private let loop: EventLoop
  private let signal: LoopBound<Signal>

  /// Wakes a worker on `loop`.
  init(loop: EventLoop) {
    self.loop = loop
    signal = LoopBound(Signal(WakeUp(loop: loop)), on: loop)
  }

  /// Wakes the worker for kinds of jobs that this process enqueued. From any thread.
  func call(_ kinds: Set<String> = []) { call { $0.local.formUnion(kinds) } }

  /// Wakes the worker for a notification from another process.
  func notified(_ payload: String) {
    call { calls in
      if payload == Jobs.cancelNotification {
        calls.isRenewal = true
      } else {
        calls.remote.formUnion(payload.split(separator: " ").map(String.init))
      }
    }
  }

  private func call(_ note: @escaping @Sendable (inout Calls) -> Void) {
    loop.execute { [signal] in
      note(&signal.value.calls)
      signal.value.wakeUp.call()
    }
  }

  /// Waits for the next call, `longest` at most. Only on the loop of the worker.
  /// - Returns: what was called since the last time.
  func wait(atMost longest: Duration) async -> Calls {
    await signal.value.wakeUp.wait(atMost: longest)
    defer { signal.value.calls = Calls() }
    return signal.value.calls
  }
}

extension EventLoop {
  private static let jobWakeUpKey = LoopLocal<JobWakeUp>()

  /// The job worker of this process, for transactions on this loop; nil in a process that runs no jobs. Only on the
  /// loop.
  var jobWakeUp: JobWakeUp? {
    get { self[Self.jobWakeUpKey] }
    set { self[Self.jobWakeUpKey] = newValue }
  }
}
