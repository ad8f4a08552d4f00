import EventLoop
import Eventually
import Postgres
import PostgresTesting
import Testing

/// The loops that all suites share.
let loops = EventLoopGroup(count: 2)

/// Runs `body` on a loop against a database that is its own.
func withDatabase<R: Sendable>(
  _ migrations: [Migration] = [], schema: String = "",
  configure: @escaping @Sendable (inout DatabaseConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (Database) async throws -> R
) async throws -> R {
  let url = try await TestPostgres.shared().database(migrations)
  return try await onLoop(of: loops, url: url, configure: configure) { database in
    if !schema.isEmpty { try await database.runScript(schema) }
    return try await body(database)
  }
}

/// The error that `body` throws.
func failure(_ body: () async throws -> Void) async -> PostgresError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? PostgresError
  }
}

/// Waits until the database takes `statement`, for tests that have little patience afterwards.
func becomesReady(_ database: Database, for statement: Query = "SELECT 1") async throws {
  let deadline = ContinuousClock.now + .seconds(60)
  while await failure({ try await database.execute(statement) }) != nil {
    try #require(ContinuousClock.now < deadline)
  }
}

/// Waits until another connection has begun a statement that contains `text`, and no other one since.
func hasBegun(_ text: String, _ database: Database) async throws {
  try await eventually {
    let found = try await database.execute(
      """
      SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%' || \(text) || '%'
      """)
    return found > 0
  }
}

/// Waits until another connection waits for a lock.
func waitsForLock(_ database: Database) async throws {
  try await eventually {
    let found = try await database.execute(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    return found > 0
  }
}

extension DatabaseConfiguration {
  /// Lets statements and transactions wait for longer than a busy machine keeps a test waiting.
  mutating func waitForLong() {
    (lockTimeout, readLockTimeout, idleInTransactionTimeout) = (.seconds(60), .seconds(60), .seconds(100))
    (statementTimeout, unresponsiveAfter, readHoldMax) = (.seconds(100), .seconds(200), .seconds(100))
  }
}

/// Runs the bodies at the same time, all begun in one turn of the loop.
/// - Returns: what they return, in their order.
func together<R: Sendable>(
  _ database: Database, _ bodies: [@Sendable (Database) async -> R]
) async -> [R] {
  let bound = LoopBound(database, on: database.loop)
  let tasks = bodies.map { body in Task(executorPreference: database.loop) { await body(bound.value) } }
  var results: [R] = []
  for task in tasks { results.append(await task.value) }
  return results
}

/// Lets tasks of one loop wait until so many have arrived; later ones pass. Touched on that loop alone.
final class Meeting: @unchecked Sendable {
  private var missing: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(of count: Int) { missing = count }

  func arrive() async {
    missing -= 1
    if missing < 0 { return }
    if missing == 0 {
      for continuation in waiting { continuation.resume() }
      waiting = []
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }
}
