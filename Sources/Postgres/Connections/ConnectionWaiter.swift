internal import EventLoop

/// A task that waits for a connection of its own. Confined to its loop.
final class ConnectionWaiter: LoopWait {
  private var outcome: Result<Connection, PostgresError>?
  var waiter = WaitingTask()

  var isOver: Bool { outcome != nil }

  /// - Returns: whether this was the first outcome, the one that counts.
  @discardableResult
  func end(_ result: Result<Connection, PostgresError>) -> Bool {
    guard outcome == nil else { return false }
    outcome = result
    waiter.resume()
    return true
  }

  func cancel() { end(.failure(.queryCancelled)) }

  nonisolated(nonsending) func connection(on loop: EventLoop) async throws(PostgresError) -> Connection {
    await wait(on: loop)
    return try (outcome ?? .failure(.unavailable)).get()
  }
}
