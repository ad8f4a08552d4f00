internal import Synchronization

/// A background task on a loop: started once, then stopped and awaited by its owner.
///
/// The work cannot throw: it handles and reports its own errors.
public final class LoopTask: Sendable {
  private let loop: EventLoop
  private let task = Mutex<Task<Void, Never>?>(nil)

  /// A task that will run on `loop`.
  public init(on loop: EventLoop) { self.loop = loop }

  /// Begins `work` on the loop, which ends when its task is cancelled. Does nothing when it has begun before.
  public func start(_ work: @escaping @Sendable () async -> Void) {
    task.withLock { task in
      if task == nil { task = Task(executorPreference: loop) { await work() } }
    }
  }

  /// Cancels the work, at once or when it has not ended within `grace`; returns when it has ended.
  public func stop(within grace: Duration = .zero) async {
    guard let task = task.withLock({ $0 }) else { return }
    let limit = Task(executorPreference: loop) { [loop] in
      if grace > .zero { try await loop.sleep(for: grace) }
      task.cancel()
    }
    await task.value
    limit.cancel()
  }
}
