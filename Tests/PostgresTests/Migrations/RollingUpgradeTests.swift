import Postgres
import PostgresTesting
import Testing

/// Programs of two versions that use one database, each with its own list of migrations.
@Suite struct RollingUpgradeTests {
  private static let first = try? Migration(name: "0001_first", sql: "CREATE TABLE log (step text)")

  /// A migration that notes when it was applied.
  private static func step(_ name: String, _ declaration: String) throws -> Migration {
    try Migration(name: name, sql: "-- fastshop: \(declaration)\nINSERT INTO log VALUES ('\(name)');")
  }

  private static func steps(_ database: Database) async throws -> [String] {
    try await database.rows("SELECT step FROM log ORDER BY ctid").map { try $0.string("step") }
  }

  @Test func `an older program uses a newer schema that is compatible, whichever of them starts first`() async throws {
    let old = [try #require(Self.first), try Self.step("0003_old", "incompatible")]
    let new = old + [try Self.step("0004_new", "compatible"), try Self.step("0005_newer", "compatible")]
    for order in [[old, new, old, new], [new, old, new]] {
      try await withDatabase { database in
        for program in order { try await Migrator(program).migrate(database) }
        #expect(try await Self.steps(database) == ["0003_old", "0004_new", "0005_newer"])
      }
    }
  }

  @Test func `an older program refuses a newer schema of which a part is not compatible`() async throws {
    let old = [try #require(Self.first)]
    let new = old + [try Self.step("0002_new", "compatible"), try Self.step("0003_newer", "incompatible")]
    try await withDatabase { database in
      try await Migrator(new).migrate(database)
      await #expect(throws: MigrationError.unknown("0003_newer")) { try await Migrator(old).migrate(database) }
      try await Migrator(new).migrate(database)
    }
  }

  @Test func `two branches have numbers of their own, and a database gets both in any order`() async throws {
    let old = [try #require(Self.first)]
    let one = old + [try Self.step("0002_one", "compatible")]
    let other = old + [try Self.step("0003_other", "compatible")]
    let merged = one + other.suffix(1)
    for (order, steps) in [
      ([one, other, merged], ["0002_one", "0003_other"]), ([other, one, merged], ["0003_other", "0002_one"]),
      ([other, merged, one], ["0003_other", "0002_one"]), ([merged, one, other], ["0002_one", "0003_other"]),
    ] {
      try await withDatabase { database in
        for program in order { try await Migrator(program).migrate(database) }
        #expect(try await Self.steps(database) == steps)
      }
    }
  }

  @Test func `two branches that took one number are told so`() async throws {
    let one = [try #require(Self.first), try Self.step("0002_one", "compatible")]
    let other = [try #require(Self.first), try Self.step("0002_other", "compatible")]
    try await withDatabase { database in
      try await Migrator(one).migrate(database)
      await #expect(throws: MigrationError.sameNumber("0002_one", "0002_other")) {
        try await Migrator(other).migrate(database)
      }
    }
  }

  @Test func `checksums of all that a program knows are verified, also on a newer schema`() async throws {
    let first = try #require(Self.first)
    let new = [first, try Self.step("0002_new", "compatible")]
    try await withDatabase { database in
      try await Migrator(new).migrate(database)
      let changed = [try Migration(name: first.name, sql: first.sql + " ")]
      await #expect(throws: MigrationError.changed("0001_first")) { try await Migrator(changed).migrate(database) }
    }
  }

  @Test func `a database of a program that did not record compatibility is migrated on`() async throws {
    try await withDatabase { database in
      let chain = try MigratorTests.chain()
      try await Migrator(chain).migrate(database)
      try await database.runScript("ALTER TABLE schema_migration DROP COLUMN compatible")
      await #expect(throws: MigrationError.unknown("0002_second")) { try await Migrator([chain[0]]).migrate(database) }
      let newer = chain + [try Migration(name: "0003_third", sql: "-- fastshop: compatible")]
      #expect(try await Migrator(newer).migrate(database) == ["0003_third"])
      try await Migrator(chain).migrate(database)
    }
  }
}
