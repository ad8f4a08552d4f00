extension EventLoop {
  /// Waits on the loop's own timer wheel, which costs a fraction of `Task.sleep`.
  ///
  /// May be called from anywhere; a task of this loop resumes on it.
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    let sleeper = LoopBound(Sleeper(), on: self)
    let deadlineDelay = duration
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        onLoop { sleeper.value.start(continuation, for: deadlineDelay, on: self) }
      }
    } onCancel: {
      onLoop { sleeper.value.cancel() }
    }
  }

  /// Runs `work` at once when called on the loop, else through the mailbox.
  @usableFromInline
  package func onLoop(_ work: @escaping @Sendable () -> Void) {
    if isCurrent { work() } else { execute(work) }
  }
}

/// One sleep. The timer or the cancellation resumes it, whichever comes first, once.
private final class Sleeper {
  private var continuation: CheckedContinuation<Void, any Error>?
  private var timer: Timer?
  private var cancelled = false

  func start(_ continuation: CheckedContinuation<Void, any Error>, for duration: Duration, on loop: EventLoop) {
    if cancelled { return continuation.resume(throwing: CancellationError()) }
    self.continuation = continuation
    let timer = Timer { self.finish(.success(())) }
    self.timer = timer
    loop.schedule(timer, after: duration)
  }

  func cancel() {
    cancelled = true
    finish(.failure(CancellationError()))
  }

  private func finish(_ result: Result<Void, any Error>) {
    timer?.cancel()
    timer = nil  // breaks the cycle through its closure
    guard let waiting = continuation else { return }
    continuation = nil
    waiting.resume(with: result)
  }
}
