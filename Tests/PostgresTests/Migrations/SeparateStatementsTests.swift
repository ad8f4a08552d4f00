import Postgres
import PostgresTesting
import Testing

/// Migrations that declare `no-transaction`, and migrators that are killed.
@Suite struct SeparateStatementsTests {
  private static let index = "CREATE INDEX CONCURRENTLY by_id ON a (id);"

  private static func chain(_ script: String) throws -> [Migration] {
    [
      try Migration(name: "0001_first", sql: "CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 100)"),
      try Migration(name: "0002_index", sql: "-- fastshop: no-transaction\n" + script),
    ]
  }

  /// Whether the index is there, and whether it can be used; nil without one.
  private static func isValid(_ database: Database, _ name: String = "by_id") async throws -> Bool? {
    let rows = try await database.rows(
      "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(\(name))")
    return try rows.first?.bool("valid")
  }

  @Test(arguments: [
    index, index + "\n" + index, "-- Why.\n" + index + "\nDROP INDEX CONCURRENTLY IF EXISTS other;\n",
    "create unique index concurrently IF NOT EXISTS BY_ID\n  ON only public.a (id)\n  WHERE id > 0;",
    "SELECT 'a;b',\n  ';';\n" + index + "\n\n",
  ])
  func `statements run one by one, and are recorded`(_ script: String) async throws {
    try await withDatabase { database in
      let chain = try Self.chain(script)
      #expect(try await Migrator(chain).migrate(database).count == 2)
      #expect(try await Self.isValid(database) == true)
      #expect(try await Migrator(chain).migrate(database) == [])
    }
  }

  @Test func `an index that was built before the attempt was interrupted is not built again`() async throws {
    try await withDatabase { database in
      let bad = try Self.chain(Self.index + "\nSELECT 1 / 0;")
      await #expect(throws: MigrationError.self) { try await Migrator(bad).migrate(database) }
      let made = try await database.rows("SELECT to_regclass('by_id')::oid::bigint AS id")[0].int64("id")
      let good = try Self.chain(Self.index + "\nSELECT 1;")
      #expect(try await Migrator(good).migrate(database) == ["0002_index"])
      #expect(try await database.rows("SELECT to_regclass('by_id')::oid::bigint AS id")[0].int64("id") == made)
    }
  }

  @Test func `an index that cannot be built is dropped and built when it can`() async throws {
    try await withDatabase { database in
      let chain = try Self.chain("CREATE UNIQUE INDEX CONCURRENTLY by_id ON a (id);")
      try await Migrator([chain[0]]).migrate(database)
      try await database.execute("INSERT INTO a VALUES (1)")
      await #expect(throws: MigrationError.self) { try await Migrator(chain).migrate(database) }
      #expect(try await Self.isValid(database) == false)
      try await database.execute("DELETE FROM a WHERE ctid IN (SELECT max(ctid) FROM a WHERE id = 1)")
      #expect(try await Migrator(chain).migrate(database) == ["0002_index"])
      #expect(try await Self.isValid(database) == true)
    }
  }

  @Test func `of two migrators the one that builds an index is killed, and the other builds it anew`() async throws {
    let url = try await TestPostgres.shared().database()
    let chain = try Self.chain(Self.index)
    try await onLoop(of: loops, url: url) { database in
      try await Migrator([chain[0]]).migrate(database)
      // The build waits for a transaction that has written to the table.
      let (one, other) = try await database.transaction { blocker in
        try await blocker.execute("INSERT INTO a VALUES (0)")
        let one = Task { try await onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) } }
        try await hasBegun("INDEX CONCURRENTLY by_id", database)
        let other = Task { try await onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) } }
        try await hasBegun("pg_try_advisory_lock", database)
        let killed = try await database.execute(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY by_id%' AND pid <> pg_backend_pid()
          """)
        #expect(killed == 1)
        await #expect(throws: MigrationError.self) { try await one.value }
        return (one, other)
      }
      _ = one
      #expect(try await other.value == ["0002_index"])
      #expect(try await Self.isValid(database) == true)
    }
  }

  @Test func `two migrators at once build one index, and neither waits for the other's snapshot`() async throws {
    let url = try await TestPostgres.shared().database()
    let chain = try Self.chain(Self.index)
    async let one = onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) }
    async let two = onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) }
    #expect(try await [one, two].sorted { $0.count < $1.count } == [[], ["0001_first", "0002_index"]])
  }

  @Test func `a migrator that is killed in a transaction leaves nothing, and the next one migrates`() async throws {
    let url = try await TestPostgres.shared().database()
    let slow = [try Migration(name: "0001_slow", sql: "CREATE TABLE slow (id int); SELECT pg_sleep(600);")]
    let quick = [try Migration(name: "0001_quick", sql: "CREATE TABLE slow (id int);")]
    try await onLoop(of: loops, url: url) { database in
      let one = Task { try await onLoop(of: loops, url: url) { try await Migrator(slow).migrate($0) } }
      try await hasBegun("pg_sleep", database)
      let other = Task { try await onLoop(of: loops, url: url) { try await Migrator(quick).migrate($0) } }
      try await hasBegun("pg_try_advisory_lock", database)
      try await database.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()
        """)
      await #expect(throws: MigrationError.self) { try await one.value }
      #expect(try await other.value == ["0001_quick"])
    }
  }
}
