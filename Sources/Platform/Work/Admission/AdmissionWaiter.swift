internal import EventLoop

/// A task that waits to be admitted. Confined to its loop.
final class AdmissionWaiter {
  private var outcome: Result<Admission.Turn, AdmissionError>?
  private var continuation: CheckedContinuation<Void, Never>?
  private let onEnd: (AdmissionWaiter) -> Void

  /// - Parameter onGivenUp: called when it ends by itself: cancelled, or after too long.
  init(onGivenUp: @escaping (AdmissionWaiter) -> Void) { onEnd = onGivenUp }

  /// Ends the wait: the first outcome counts.
  func end(_ turn: Admission.Turn) { end(.success(turn)) }

  private func end(_ result: Result<Admission.Turn, AdmissionError>) {
    guard outcome == nil else { return }
    outcome = result
    if case .failure = result { onEnd(self) }
    continuation?.resume()
    continuation = nil
  }

  nonisolated(nonsending) func wait(
    atMost longest: Duration, on loop: EventLoop
  ) async throws(AdmissionError) -> Admission.Turn {
    let limit = Timer { [unowned self] in end(.failure(.waitedTooLong)) }
    loop.schedule(limit, after: longest)
    let bound = LoopBound(self, on: loop)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if outcome != nil { return continuation.resume() }
        self.continuation = continuation
      }
    } onCancel: {
      loop.onLoop { bound.value.end(.failure(.cancelled)) }
    }
    limit.cancel()
    return try (outcome ?? .failure(.cancelled)).get()
  }
}
