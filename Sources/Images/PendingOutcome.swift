internal import Synchronization

/// The outcome of work on another thread, for one task that waits for it. The first outcome stays.
final class PendingOutcome<Value: Sendable, Failure: Error>: Sendable {
  private enum State: Sendable {
    case open
    case awaited(CheckedContinuation<Result<Value, Failure>, Never>)
    case known(Result<Value, Failure>)
  }

  private let state = Mutex(State.open)

  /// Whether there is one.
  var isKnown: Bool {
    state.withLock { state in
      if case .known = state { true } else { false }
    }
  }

  /// Resumes the task when there is an outcome. Call it once.
  func deliver(to continuation: CheckedContinuation<Result<Value, Failure>, Never>) {
    let known: Result<Value, Failure>? = state.withLock { state in
      if case .known(let result) = state { return result }
      state = .awaited(continuation)
      return nil
    }
    if let known { continuation.resume(returning: known) }
  }

  /// This is the outcome, unless there is one.
  func become(_ result: Result<Value, Failure>) {
    let waiting: CheckedContinuation<Result<Value, Failure>, Never>? = state.withLock { state in
      switch state {
      case .known: return nil
      case .open:
        state = .known(result)
        return nil
      case .awaited(let continuation):
        state = .known(result)
        return continuation
      }
    }
    waiting?.resume(returning: result)
  }
}
