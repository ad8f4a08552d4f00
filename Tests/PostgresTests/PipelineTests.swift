import EventLoop
import Eventually
import Postgres
import Testing

@Suite struct PipelineTests {
  /// A value, or a failing query when the divisor is 0.
  static func quotient(_ number: Int64, _ divisor: Int64, _ database: Database) async -> Result<Int64, PostgresError> {
    do throws(PostgresError) {
      let rows = try await database.rows("SELECT \(number)::bigint / \(divisor)::bigint AS q")
      return .success(try rows[0].int64("q"))
    } catch {
      return .failure(error)
    }
  }

  @Test func `reads of one turn of which one fails: the others succeed`() async throws {
    try await withDatabase { database in
      for _ in 0..<3 {
        let divisors: [Int64] = [1, 1, 0, 1, 0, 1]
        let results = await together(
          database,
          divisors.enumerated().map { index, divisor in
            { @Sendable in await Self.quotient(Int64(index + 1) * 10, divisor, $0) }
          })
        #expect(results[0] == .success(10))
        #expect(results[1] == .success(20))
        #expect(results[3] == .success(40))
        #expect(results[5] == .success(60))
        for failed in [results[2], results[4]] {
          guard case .failure(.other("22012", _)) = failed else { return #expect(Bool(false), "\(failed)") }
        }
      }
    }
  }

  @Test func `a thousand reads at once`() async throws {
    try await withDatabase { database in
      let results = await together(
        database, (1...1000).map { number in { @Sendable in await Self.quotient(number, 1, $0) } })
      let sum = try results.reduce(0) { try $0 + $1.get() }
      #expect(sum == 500_500)
    }
  }

  @Test func `more statements than are kept prepared`() async throws {
    try await withDatabase(configure: { $0.preparedStatementsMax = 4 }) { database in
      for round in 0..<3 {
        let a = try await database.rows("SELECT \(round)::bigint AS v")
        let b = try await database.rows("SELECT \(round)::bigint + 1 AS v")
        let c = try await database.rows("SELECT \(round)::bigint + 2 AS v")
        let d = try await database.rows("SELECT \(round)::bigint + 3 AS v")
        let e = try await database.rows("SELECT \(round)::bigint + 4 AS v")
        let f = try await database.rows("SELECT \(round)::bigint + 5 AS v")
        let sum = try [a, b, c, d, e, f].reduce(0) { try $0 + $1[0].int64("v") }
        #expect(sum == Int64(6 * round + 15))
      }
      let kept = try await database.rows("SELECT count(*) AS n FROM pg_prepared_statements")
      #expect(try kept[0].int64("n") <= 4)
    }
  }

  @Test func `a statement whose result changes with the schema is prepared anew`() async throws {
    try await withDatabase(schema: "CREATE TABLE t (a int); INSERT INTO t VALUES (1)") { database in
      func columns() async throws -> Int { try await database.rows("SELECT * FROM t").first.map { _ in 1 } ?? 0 }
      #expect(try await columns() == 1)
      try await database.execute("ALTER TABLE t ADD COLUMN b text")
      #expect(try await columns() == 1)
      try await database.execute("ALTER TABLE t ALTER COLUMN a TYPE text")
      #expect(try await columns() == 1)
    }
  }

  @Test func `too much at once is refused`() async throws {
    try await withDatabase(configure: { $0.queriesMax = 10 }) { database in
      let results = await together(
        database, (0..<30).map { _ in { @Sendable database in await Self.tinyNap(database) } })
      #expect(results.count { $0 == nil } == 10)
      #expect(results.count { $0 == .overloaded } == 20)
      let after = try await database.rows("SELECT 1 AS one")
      #expect(after.count == 1)
    }
  }

  static func tinyNap(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.rows("SELECT pg_sleep(0.01)") }
  }

  static func write(_ database: Database) async -> PostgresError? {
    await failure { try await database.execute("SELECT 1") }
  }

  @Test func `writers wait for a connection, but not for ever, and not too many`() async throws {
    try await withDatabase(configure: {
      $0.writeConnections = 1
      $0.writersWaitingMax = 2
      $0.writerWait = .milliseconds(50)
    }) { database in
      try await becomesReady(database)
      try await database.transaction { transaction in
        try await transaction.execute("SELECT 1")
        let errors = await together(database, Array(repeating: { @Sendable in await Self.write($0) }, count: 3))
        #expect(errors == [.overloaded, .overloaded, .overloaded])
      }
      #expect(await failure { try await database.execute("SELECT 1") } == nil)
    }
  }

  @Test func `a slow read does not hold up the others for long`() async throws {
    try await withDatabase(configure: { $0.readConnections = 2 }) { database in
      try await eventually { database.openReadConnections == 2 }
      let bound = LoopBound(database, on: database.loop)
      let slow = Task(executorPreference: database.loop) {
        await failure { _ = try await bound.value.rows("SELECT pg_sleep(20)") }
      }
      try await hasBegun("pg_sleep(20)", database)
      // Reads avoid a connection that has made no progress for `Database.sluggishNs`; before, they may follow the slow
      // one. A busy machine only makes this pause longer.
      try await database.loop.sleep(for: .milliseconds(50))
      let start = ContinuousClock.now
      _ = try await database.rows("SELECT 1 AS one")
      #expect(ContinuousClock.now - start < .seconds(19))
      slow.cancel()
      #expect(await slow.value == .queryCancelled)
    }
  }

  /// Counts on one loop alone.
  final class Count: @unchecked Sendable {
    var value = 0
  }

  static let table = "CREATE TABLE t (id bigint); INSERT INTO t VALUES (7)"

  static func readTable(_ database: Database, _ failures: Count) async -> PostgresError? {
    let error = await failure { _ = try await database.rows("SELECT id FROM t") }
    if error != nil { failures.value += 1 }
    return error
  }

  @Test func `of reads whose statement cannot be prepared for a while, the later ones succeed`() async throws {
    try await withDatabase(
      schema: Self.table,
      configure: {
        $0.readConnections = 1
        $0.statementTimeout = .seconds(2)  // in which the lock below is released, also on a busy machine
        $0.readHoldMax = .seconds(60)
      }
    ) { database in
      try await becomesReady(database)
      let failures = Count()
      let bound = LoopBound(database, on: database.loop)
      let reads = try await database.transaction { transaction in
        try await transaction.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        let reads = Task(executorPreference: bound.value.loop) {
          await together(
            bound.value, Array(repeating: { @Sendable in await Self.readTable($0, failures) }, count: 8))
        }
        while failures.value < 2 { try await bound.value.loop.sleep(for: .milliseconds(1)) }
        return reads
      }
      let errors = await reads.value
      #expect(errors == [.statementTimeout, .statementTimeout] + Array(repeating: nil, count: 6))
    }
  }

  @Test func `reads of a table that is locked fail together and hold no others up`() async throws {
    try await withDatabase(
      schema: Self.table,
      configure: {
        $0.readConnections = 1
        $0.lockTimeout = .seconds(1)
      }
    ) { database in
      try await becomesReady(database)
      let failures = Count()
      let start = ContinuousClock.now
      let bound = LoopBound(database, on: database.loop)
      let errors = try await database.transaction { transaction in
        try await transaction.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        return await together(
          bound.value,
          Array(repeating: { @Sendable in await Self.readTable($0, failures) }, count: 40)
            + [{ @Sendable in await Self.tinyNap($0) }])
      }
      #expect(errors == Array(repeating: .tableLocked, count: 40) + [nil])
      #expect(ContinuousClock.now - start < .seconds(20))
    }
  }
}
