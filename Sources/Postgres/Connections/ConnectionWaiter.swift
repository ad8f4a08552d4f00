internal import EventLoop

/// A task that waits for a writer's connection. Confined to its loop.
final class ConnectionWaiter {
  private var outcome: Result<Connection, PostgresError>?
  private var continuation: UnsafeContinuation<Void, Never>?

  var isOver: Bool { outcome != nil }

  /// - Returns: whether this was the first outcome, the one that counts.
  @discardableResult
  func end(_ result: Result<Connection, PostgresError>) -> Bool {
    guard outcome == nil else { return false }
    outcome = result
    continuation?.resume()
    continuation = nil
    return true
  }

  nonisolated(nonsending) func wait(on loop: EventLoop) async -> Result<Connection, PostgresError> {
    let bound = LoopBound(self, on: loop)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if isOver { return continuation.resume() }
        self.continuation = continuation
      }
    } onCancel: {
      if loop.isCurrent {
        bound.value.end(.failure(.queryCancelled))
      } else {
        loop.execute { bound.value.end(.failure(.queryCancelled)) }
      }
    }
    return outcome ?? .failure(.unavailable)
  }
}
