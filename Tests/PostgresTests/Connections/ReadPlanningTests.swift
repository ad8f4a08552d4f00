import EventLoop
import Postgres
import PostgresTesting
import Testing

/// Reads that are planned once, among others on the same connection.
@Suite struct ReadPlanningTests {
  private static var mode: Query { "SELECT current_setting('plan_cache_mode') AS mode" }

  private static func mode(once: Bool, _ database: Database) async throws -> String? {
    try await database.rows(once ? mode.plannedOnce : mode).first?.string("mode")
  }

  private static func expected(_ once: Bool) -> String { once ? "force_generic_plan" : "auto" }

  @Test func `each read is planned as it says, whatever was before it`() async throws {
    try await SlowReadTests.withReaders(spare: 0) { database async throws in
      for once in [false, true, true, false, true, false, false] {
        #expect(try await Self.mode(once: once, database) == Self.expected(once))
      }
    }
  }

  @Test func `reads of one turn are planned as each says`() async throws {
    try await SlowReadTests.withReaders(spare: 0) { database async throws in
      let bound = LoopBound(database, on: database.loop)
      let tasks = (0..<40).map { number in
        Task(executorPreference: database.loop) { try await Self.mode(once: number % 3 == 0, bound.value) }
      }
      for (number, task) in tasks.enumerated() {
        #expect(try await task.value == Self.expected(number % 3 == 0))
      }
    }
  }

  @Test(arguments: [false, true])
  func `a read that fails leaves the others planned as they say`(once: Bool) async throws {
    try await SlowReadTests.withReaders(spare: 0) { database async throws in
      let bound = LoopBound(database, on: database.loop)
      _ = try await Self.mode(once: !once, database)
      let tasks = (0..<9).map { number in
        Task(executorPreference: database.loop) { () async -> String? in
          if number % 3 == 1 {
            let failing: Query = "SELECT 1 / (SELECT 0 FROM pg_class LIMIT 1)"
            let error = await failure { _ = try await bound.value.rows(once ? failing.plannedOnce : failing) }
            return error.map { _ in "failed" }
          }
          return try? await Self.mode(once: once, bound.value)
        }
      }
      for (number, task) in tasks.enumerated() {
        #expect(await task.value == (number % 3 == 1 ? "failed" : Self.expected(once)))
      }
      #expect(try await Self.mode(once: !once, database) == Self.expected(!once))
      #expect(try await Self.mode(once: once, database) == Self.expected(once))
    }
  }

  @Test func `a statement that is planned once is not planned for its values`() async throws {
    try await SlowReadTests.withReaders(spare: 0) { database async throws in
      func plans(_ column: String) async throws -> Int64? {
        try await database.rows(
          """
          SELECT sum(generic_plans) AS generic_plans, sum(custom_plans) AS custom_plans
            FROM pg_prepared_statements
           WHERE statement LIKE '%the planned one%' AND statement NOT LIKE '%pg_prepared_statements%'
          """
        ).first?.optionalInt64(column)
      }
      for number in 0..<8 {
        let query: Query = "SELECT 'the planned one' FROM pg_class WHERE oid = ANY (\([Int64(number)])::bigint[])"
        _ = try await database.rows(query.plannedOnce)
      }
      #expect(try await plans("generic_plans") ?? 0 > 0)
      #expect(try await plans("custom_plans") == 0)
    }
  }
}
