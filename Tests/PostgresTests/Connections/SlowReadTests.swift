import EventLoop
import Eventually
import Postgres
import PostgresTesting
import Testing

/// Reads that turn out slow, on connections that other reads share.
@Suite struct SlowReadTests {
  /// The slow statement, with a text to find it by.
  static func sleep(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.rows("SELECT pg_sleep(60), 'slow'") }
  }

  static func quick(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.rows("SELECT 1 AS one") }
  }

  /// Waits until so many sessions execute the slow statement.
  static func run(_ count: Int, _ database: Database) async throws {
    try await eventually { try await sessions("slow", database) == count }
  }

  /// Waits until no session executes a statement that contains `text`.
  static func nothingRuns(_ text: String, _ database: Database) async throws {
    try await eventually { try await sessions(text, database) == 0 }
  }

  /// The number of sessions that execute a statement that contains `text`.
  private static func sessions(_ text: String, _ database: Database) async throws -> Int {
    try await database.execute(
      """
      SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
         AND query LIKE '%' || \(text) || '%'
      """)
  }

  /// One connection for reads, and so many spare ones.
  static func withReaders(
    spare: Int, holdMax: Duration = .milliseconds(200), _ body: @escaping @Sendable (Database) async throws -> Void
  ) async throws {
    try await withDatabase(configure: {
      $0.spareReadConnections = spare
      $0.statementTimeout = .seconds(100)
      $0.unresponsiveAfter = .seconds(200)
      $0.readHoldMax = holdMax
    }) { database in
      try await becomesReady(database)
      try await eventually { database.openReadConnections == 1 }
      try await body(database)
    }
  }

  @Test(arguments: [0, 1, 20])
  func `reads of the same turn do not wait for the slow one among them`(position: Int) async throws {
    try await Self.withReaders(spare: 2) { database in
      let bound = LoopBound(database, on: database.loop)
      // All begin in one turn: the slow one has its place among the others.
      let tasks = (0...20).map { index in
        Task(executorPreference: database.loop) {
          index == position ? await Self.sleep(bound.value) : await Self.quick(bound.value)
        }
      }
      for index in 0...20 where index != position { #expect(await tasks[index].value == nil) }
      // A machine that is busy may have sent the others in a turn before the last one.
      #expect(position == 20 || database.statistics.readsMoved > 0)
      tasks[position].cancel()
      #expect(await tasks[position].value == .queryCancelled)
      try await Self.nothingRuns("slow", database)
    }
  }

  @Test(arguments: [0, 10])
  func `where no other connection is to be had, the slow one of a turn makes way`(position: Int) async throws {
    try await Self.withReaders(spare: 0) { database in
      let bound = LoopBound(database, on: database.loop)
      let tasks = (0...20).map { index in
        Task(executorPreference: database.loop) {
          index == position ? await Self.sleep(bound.value) : await Self.quick(bound.value)
        }
      }
      for index in 0...20 where index != position { #expect(await tasks[index].value == nil) }
      // Or a cancel that came late has put it behind the others: then it is in nobody's way, and runs on.
      tasks[position].cancel()
      let error = await tasks[position].value
      #expect(error == .overloaded || error == .queryCancelled)
      try await Self.nothingRuns("slow", database)
    }
  }

  @Test func `a read whose answer arrives in parts is not a slow one`() async throws {
    try await Self.withReaders(spare: 0, holdMax: .seconds(1)) { database in
      let bound = LoopBound(database, on: database.loop)
      let large = Task(executorPreference: database.loop) {
        await failure {
          _ = try await bound.value.rows("SELECT repeat('x', 20000), pg_sleep(0.05) FROM generate_series(1, 60)")
        }
      }
      try await hasBegun("generate_series", database)
      #expect(await Self.quick(database) == nil)
      #expect(await large.value == nil)
      #expect(database.statistics.readsCancelled == 0)
    }
  }

  @Test func `a read that nobody waits for does not stay running on the server`() async throws {
    try await Self.withReaders(spare: 0) { database in
      let bound = LoopBound(database, on: database.loop)
      let slow = Task(executorPreference: database.loop) { await Self.sleep(bound.value) }
      try await hasBegun("slow", database)
      slow.cancel()
      #expect(await slow.value == .queryCancelled)
      #expect(await Self.quick(database) == nil)
      try await Self.nothingRuns("slow", database)
      #expect(database.statistics.readsCancelled >= 1)
      #expect(database.openReadConnections == 1)
    }
  }

  @Test func `when all connections have a slow read, the oldest makes way`() async throws {
    try await Self.withReaders(spare: 1) { database in
      let bound = LoopBound(database, on: database.loop)
      let first = Task(executorPreference: database.loop) { await Self.sleep(bound.value) }
      try await Self.run(1, database)
      let second = Task(executorPreference: database.loop) { await Self.sleep(bound.value) }
      try await Self.run(2, database)  // on the spare connection
      #expect(await Self.quick(database) == nil)
      database.close()
      let errors = [await first.value, await second.value]
      #expect(errors.contains(.overloaded), "\(errors)")
    }
  }

  @Test func `a cancel hits no other read`() async throws {
    try await Self.withReaders(spare: 0) { database in
      let bound = LoopBound(database, on: database.loop)
      let rounds = 20
      for _ in 0..<rounds {
        let slow = Task(executorPreference: database.loop) { await Self.sleep(bound.value) }
        try await Self.run(1, database)  // a read that is cancelled before is not even sent
        let quick = Task(executorPreference: database.loop) {
          var errors: [PostgresError?] = []
          for _ in 0..<20 { errors.append(await Self.quick(bound.value)) }
          return errors
        }
        slow.cancel()
        let errors = await quick.value
        #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
        try await Self.nothingRuns("slow", database)  // or the next round would take it for its own
      }
      // Postgres signals a session and its group: the second signal of a cancel may end the next round's slow read.
      #expect(database.statistics.readsCancelled >= rounds / 2)
    }
  }

  @Test func `spare connections are closed when nobody needs them`() async throws {
    try await withDatabase(configure: {
      $0.spareReadConnections = 2
      $0.spareReadIdleMax = .milliseconds(50)
    }) { database in
      try await becomesReady(database)
      let bound = LoopBound(database, on: database.loop)
      let slow = (0..<2).map { _ in Task(executorPreference: database.loop) { await Self.sleep(bound.value) } }
      try await eventually { database.openReadConnections > 1 }
      for task in slow { task.cancel() }
      for task in slow { #expect(await task.value == .queryCancelled) }
      try await eventually { database.openReadConnections == 1 }
      #expect(await Self.quick(database) == nil)
    }
  }
}
