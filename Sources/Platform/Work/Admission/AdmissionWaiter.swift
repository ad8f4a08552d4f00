internal import EventLoop

/// A task that waits to be admitted. Confined to its loop.
final class AdmissionWaiter: LoopWait {
  private var outcome: Result<Admission.Turn, AdmissionError>?
  var waiter = WaitingTask()
  private let onEnd: (AdmissionWaiter) -> Void

  /// - Parameter onGivenUp: called when it ends by itself: cancelled, or after too long.
  init(onGivenUp: @escaping (AdmissionWaiter) -> Void) { onEnd = onGivenUp }

  var isOver: Bool { outcome != nil }

  func cancel() { end(.failure(.cancelled)) }

  /// Ends the wait: the first outcome counts.
  func end(_ turn: Admission.Turn) { end(.success(turn)) }

  private func end(_ result: Result<Admission.Turn, AdmissionError>) {
    guard outcome == nil else { return }
    outcome = result
    if case .failure = result { onEnd(self) }
    waiter.resume()
  }

  nonisolated(nonsending) func wait(
    atMost longest: Duration, on loop: EventLoop
  ) async throws(AdmissionError) -> Admission.Turn {
    let limit = Timer { [unowned self] in end(.failure(.waitedTooLong)) }
    loop.schedule(limit, after: longest)
    await wait(on: loop)
    limit.cancel()
    return try (outcome ?? .failure(.cancelled)).get()
  }
}
