internal import EventLoop

/// How often, and after which pauses, a transaction is tried again that other transactions were in conflict with.
public struct ConflictRetries {
  /// The usual number of retries. With the pauses between them, they take up to a tenth of a second.
  public static let usual = 4
  /// The pause before the first retry, in microseconds; it doubles with each.
  private static let pauseUs = 4_000
  private static let doublingsMax = 5

  private var left: Int
  private var attempt = 0

  init(left: Int) { self.left = left }

  /// Waits before the next attempt, for a random time, so that those in conflict do not meet again.
  /// - Throws: `error` when a retry would not help, or there were enough; ``PostgresError/queryCancelled``.
  mutating func pause(after error: PostgresError, on database: Database) async throws(PostgresError) {
    guard error.isRetriable, left > 0 else { throw error }
    left -= 1
    database.source.retriedCount += 1
    let pause = Self.pauseUs << min(attempt, Self.doublingsMax)
    attempt += 1
    do {
      try await database.loop.sleep(for: .microseconds(Int.random(in: pause / 2...pause)))
    } catch {
      throw .queryCancelled
    }
  }
}
