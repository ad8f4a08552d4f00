import EventLoop
import Postgres
import PostgresTesting
import Testing

@Suite struct MigratorTests {
  static func chain() throws -> [Migration] {
    [
      try Migration(
        name: "0001_first", sql: "CREATE TABLE a (id int); INSERT INTO a VALUES (1); SELECT pg_sleep(0.1);"),
      try Migration(name: "0002_second", sql: "CREATE TABLE b (id int); INSERT INTO a VALUES (2);"),
    ]
  }

  @Test func `applies what is missing, once`() async throws {
    try await withDatabase { database in
      let chain = try Self.chain()
      #expect(try await Migrator([chain[0]]).migrate(database) == ["0001_first"])
      #expect(try await Migrator(chain).migrate(database) == ["0002_second"])
      #expect(try await Migrator(chain).migrate(database) == [])
      let rows = try await database.rows("SELECT count(*) AS n FROM a")
      #expect(try rows[0].int64("n") == 2)
    }
  }

  @Test func `what is up to date is not written to`() async throws {
    let url = try await TestPostgres.shared().database()
    let chain = try Self.chain()
    let set =
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', "
      + "current_database()); END $$"
    let first = try await onLoop(of: loops, url: url) { try await Migrator([chain[0]]).migrate($0) }
    #expect(first == ["0001_first"])
    try await onLoop(of: loops, url: url) { try await $0.runScript(set) }
    let again = try await onLoop(of: loops, url: url) { try await Migrator([chain[0]]).migrate($0) }
    #expect(again == [])
    await #expect(throws: MigrationError.database(.readOnly)) {
      try await onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) }
    }
  }

  @Test func `two at once: one works, the other waits`() async throws {
    let url = try await TestPostgres.shared().database()
    let chain = try Self.chain()
    async let one = onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) }
    async let two = onLoop(of: loops, url: url) { try await Migrator(chain).migrate($0) }
    let applied = try await [one, two].sorted { $0.count < $1.count }
    #expect(applied == [[], ["0001_first", "0002_second"]])
  }

  @Test func `one that waits for a table lets others read it meanwhile`() async throws {
    try await withDatabase(schema: "CREATE TABLE a (id int)", configure: { $0.waitForLong() }) { database in
      let bound = LoopBound(database, on: database.loop)
      let migrating = try await database.transaction { reader in
        _ = try await reader.rows("SELECT id FROM a")  // which locks the table until the end
        let migrating = Task(executorPreference: bound.value.loop) {
          let migrator = try Migrator([Migration(name: "0001_a", sql: "ALTER TABLE a ADD COLUMN b int")])
          return try await migrator.migrate(bound.value)
        }
        try await waitsForLock(bound.value)
        #expect(await failure { _ = try await bound.value.rows("SELECT id FROM a") } == nil)
        return migrating
      }
      #expect(try await migrating.value == ["0001_a"])
    }
  }

  @Test func `a migrator that stands still inside a transaction loses it after a minute`() async throws {
    try await withDatabase { database in
      let setting = "CREATE TABLE a AS SELECT current_setting('idle_in_transaction_session_timeout') AS silence"
      try await Migrator([Migration(name: "0001_a", sql: setting)]).migrate(database)
      #expect(try await database.rows("SELECT silence FROM a").first?.string("silence") == "1min")
    }
  }

  @Test func `a changed one is refused`() async throws {
    try await withDatabase { database in
      let chain = try Self.chain()
      try await Migrator(chain).migrate(database)
      let changed = [chain[0], try Migration(name: "0002_second", sql: "CREATE TABLE c (id int)")]
      await #expect(throws: MigrationError.changed("0002_second")) { try await Migrator(changed).migrate(database) }
    }
  }

  @Test(arguments: ["CREATE TABLE z (id int); SELECT 1/0;", "CREATE TABLE z (id int); COMMIT;", "CREATE TABLE z (id"])
  func `a failing one leaves nothing`(_ sql: String) async throws {
    try await withDatabase { database in
      let chain = try Self.chain() + [try Migration(name: "0003_bad", sql: sql)]
      await #expect(throws: MigrationError.self) { try await Migrator(chain).migrate(database) }
      let rows = try await database.rows("SELECT count(*) AS n FROM schema_migration")
      #expect(try rows[0].int64("n") == 2)
      if !sql.contains("COMMIT") {
        let table = try await database.rows("SELECT to_regclass('z') IS NULL AS gone")
        #expect(try table[0].bool("gone"))
      }
    }
  }

  @Test(arguments: [
    (
      PostgresError.other(sqlstate: "42501", message: "permission denied for schema public"),
      "The database schema could not be updated: permission denied for schema public."
    ),
    (
      .unavailable,
      "The database schema could not be updated: "
        + "no writable server can be reached; the log says why."
    ),
    (.accessRefused("provide the file."), "The database refuses the connection: provide the file."),
  ])
  func `what the database refuses is told in its words`(_ error: PostgresError, sentence: String) {
    #expect(MigrationError.database(error).description == sentence)
  }

  @Test func `names and numbers`() throws {
    #expect(throws: MigrationError.badName("first")) { try Migration(name: "first", sql: "") }
    let chain = [try Migration(name: "0001_a", sql: ""), try Migration(name: "202611300420_c", sql: "")]
    _ = try Migrator(chain)
    #expect(throws: MigrationError.sameNumber("0001_a", "0001_b")) {
      try Migrator(chain + [try Migration(name: "0001_b", sql: "")])
    }
  }

  @Test(arguments: [
    ("-- fastshop: compatible", nil), ("-- A table.\n-- fastshop: incompatible\n-- fastshop: no-transaction", nil),
    ("SELECT '-- fastshop: x'", nil), ("-- fastshop: no-transactions", "no-transactions"), ("-- fastshop:", ""),
    ("-- fastshop: compatible\n-- fastshop: incompatible", "incompatible"),
  ])
  func `what a script declares`(sql: String, refused: String?) throws {
    if let refused {
      #expect(throws: MigrationError.badDeclaration("0001_a", refused)) { try Migration(name: "0001_a", sql: sql) }
    } else {
      let migration = try Migration(name: "0001_a", sql: sql)
      #expect(migration.isCompatible == sql.contains(": compatible"))
      #expect(migration.isTransaction == !sql.contains("no-transaction"))
    }
  }
}
