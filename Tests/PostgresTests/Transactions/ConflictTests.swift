import EventLoop
import Eventually
import Postgres
import PostgresTesting
import Testing

/// Conflicts with other transactions, and with changes of the schema: what failed is tried again by itself.
@Suite struct ConflictTests {
  static let schema = """
    CREATE TABLE product (id bigint PRIMARY KEY, stock bigint NOT NULL DEFAULT 0);
    INSERT INTO product VALUES (1), (2);
    """

  /// Runs a transaction; nil for the usual number of retries.
  static func transaction(
    _ database: Database, retries: Int?, isolation: IsolationLevel = .readCommitted,
    _ body: (Transaction) async throws -> Void
  ) async -> PostgresError? {
    await failure {
      if let retries {
        try await database.transaction(isolation: isolation, retries: retries, body)
      } else {
        try await database.transaction(isolation: isolation, body)
      }
    }
  }

  /// Raises the stock of two products in a transaction that meets another one in between.
  static func raise(
    _ first: Int64, _ second: Int64, retries: Int?, _ meeting: Meeting, _ database: Database
  ) async -> PostgresError? {
    await transaction(database, retries: retries) { transaction in
      try await transaction.execute("UPDATE product SET stock = stock + 1 WHERE id = \(first)")
      await meeting.arrive()
      _ = try await transaction.execute("UPDATE product SET stock = stock + 1 WHERE id = \(second)")
    }
  }

  @Test(arguments: [0, nil])
  func `a deadlock is resolved by trying again`(_ retries: Int?) async throws {
    try await withDatabase(schema: Self.schema) { database in
      let meeting = Meeting(of: 2)
      let errors = await together(
        database,
        [
          { @Sendable in await Self.raise(1, 2, retries: retries, meeting, $0) },
          { @Sendable in await Self.raise(2, 1, retries: retries, meeting, $0) },
        ])
      #expect(errors.compactMap { $0 } == (retries == 0 ? [.deadlockDetected] : []))
      let rows = try await database.rows("SELECT sum(stock) AS n FROM product")
      #expect(try rows[0].int64("n") == (retries == 0 ? 2 : 4))
      #expect((database.statistics.transactionsRetried > 0) == (retries != 0))
    }
  }

  @Test func `a change of one statement is tried again after a deadlock, too`() async throws {
    let function = """
      CREATE FUNCTION raise(VARIADIC ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE one bigint;
      BEGIN
        FOREACH one IN ARRAY ids LOOP UPDATE product SET stock = stock + 1 WHERE id = one; END LOOP;
      END $$;
      """
    try await withDatabase(schema: Self.schema + function) { database in
      let bound = LoopBound(database, on: database.loop)
      var started: Task<PostgresError?, Never>?
      try await database.transaction { transaction in
        try await transaction.execute("UPDATE product SET stock = stock + 1 WHERE id = 1")
        if started == nil {  // the server may choose this transaction, which then runs again
          started = Task(executorPreference: bound.value.loop) {
            await failure { try await bound.value.execute("SELECT raise(2, 1)") }
          }
          try await eventually {
            try await bound.value.execute(
              """
              SELECT 1 FROM pg_stat_activity
               WHERE datname = current_database() AND query = 'SELECT raise(2, 1)' AND wait_event_type = 'Lock'
              """) > 0
          }
        }
        _ = try await transaction.execute("UPDATE product SET stock = stock + 1 WHERE id = 2")
      }
      let statement = try #require(started)
      #expect(await statement.value == nil)
      let rows = try await database.rows("SELECT sum(stock) AS n FROM product")
      #expect(try rows[0].int64("n") == 4)
      #expect(database.statistics.transactionsRetried > 0)
    }
  }

  /// Sets a product's stock from the sum over all, in a transaction that meets another one in between.
  static func move(_ id: Int64, retries: Int?, _ meeting: Meeting, _ database: Database) async -> PostgresError? {
    await transaction(database, retries: retries, isolation: .serializable) { transaction in
      let sum = try await transaction.rows("SELECT sum(stock) AS n FROM product")[0].int64("n")
      await meeting.arrive()
      _ = try await transaction.execute("UPDATE product SET stock = \(sum) + 1 WHERE id = \(id)")
    }
  }

  @Test(arguments: [0, nil])
  func `transactions that cannot be put in an order, unless one is tried again`(_ retries: Int?) async throws {
    try await withDatabase(schema: Self.schema) { database in
      let meeting = Meeting(of: 2)
      let errors = await together(
        database,
        [
          { @Sendable in await Self.move(1, retries: retries, meeting, $0) },
          { @Sendable in await Self.move(2, retries: retries, meeting, $0) },
        ])
      #expect(errors.compactMap { $0 } == (retries == 0 ? [.serializationFailure] : []))
    }
  }

  @Test func `retries end`() async throws {
    try await withDatabase { database in
      try await database.runScript(
        """
        CREATE FUNCTION fail() RETURNS bigint LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$
        """)
      var attempts = 0
      let error = await failure {
        try await database.transaction { transaction in
          attempts += 1
          _ = try await transaction.execute("SELECT fail()")
        }
      }
      #expect(error == .serializationFailure && attempts == 1 + ConflictRetries.usual)
    }
  }

  // MARK: A migration while statements are prepared

  private static let connections = 3

  /// Reads whole rows in a transaction that others run beside: each on a connection of its own.
  private static func readAll(_ database: Database, _ meeting: Meeting) async -> PostgresError? {
    await failure {
      try await database.transaction { transaction in
        _ = try await transaction.rows("SELECT 1 AS one")
        await meeting.arrive()
        for _ in 0..<4 {
          _ = try await transaction.rows("SELECT * FROM product WHERE id > 0")
          _ = try await transaction.rows("SELECT p.* FROM product p WHERE p.id < 9")
        }
      }
    }
  }

  private static func readOne(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.rows("SELECT * FROM product WHERE id = 1") }
  }

  private static func change(_ database: Database) async -> PostgresError? {
    await failure { try await database.execute("UPDATE product SET stock = stock + 1 WHERE id = 2 RETURNING *") }
  }

  /// Runs every kind of statement on all connections.
  private static func useAll(_ database: Database) async -> [PostgresError] {
    var errors: [PostgresError?] = []
    for _ in 0..<4 {
      let meeting = Meeting(of: connections)
      errors += await together(
        database, Array(repeating: { @Sendable in await readAll($0, meeting) }, count: connections))
      errors += await together(database, Array(repeating: { @Sendable in await readOne($0) }, count: 100))
      errors += await together(database, Array(repeating: { @Sendable in await change($0) }, count: connections))
    }
    return errors.compactMap { $0 }
  }

  @Test func `a migration does not fail what is prepared on any connection`() async throws {
    let migrations: [String] = [
      "ALTER TABLE product ADD COLUMN title text", "ALTER TABLE product ALTER COLUMN stock TYPE numeric",
      "ALTER TABLE product DROP COLUMN title",
    ]
    try await withDatabase(schema: Self.schema, configure: { $0.writeConnections = Self.connections }) { database in
      #expect(await Self.useAll(database) == [])
      for migration in migrations {
        try await database.runScript(migration)
        let errors = await Self.useAll(database)
        #expect(errors == [], "\(migration): \(errors)")
      }
      #expect(database.statistics.transactionsRetried > 0)
      // One failure is enough for all connections to prepare anew: what is under way at that moment fails once. Each of
      // the statements on each of the connections would make four times as many.
      #expect(database.statistics.transactionsRetried <= 2 * migrations.count * Self.connections)
    }
  }
}
