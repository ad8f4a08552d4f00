import EventLoop
import Migrations
import Postgres
import PostgresTesting
import Testing

@testable import Platform

extension ShopTests {
  @Suite struct LogUpgradeTests {
    private static let subject = ID("018cc251-f400-7ade-9e36-000000000001") ?? .none

    @Test func anOldLogKeepsItsEventsAndItsCursorsStayValid() async throws {
      let all = try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }
      let old = Array(all.prefix { !$0.name.contains("event_ranges") })
      let shop = TestShop(url: try await TestPostgres.shared().database(old))
      try await shop.run { database in
        for _ in 0..<20 { try await database.execute(Self.event) }
        let id = try await database.rows("SELECT left(id::text, 8) AS id FROM platform.event_log")
        let log = UInt32(try #require(id.first).string("id"), radix: 16)
        _ = try await Migrator(all).migrate(database)
        let ends = try await LogQueries.ends(database)
        #expect(ends.log == log && ends.last == 20 && ends.floor == 0)
        try await database.execute(Self.event)
        let page = try await LogQueries.page(
          of: "test", concerning: [Self.subject], after: 5, upTo: 21, database)
        #expect(page.map(\.header.seq) == Array(6...21))
        #expect(page.allSatisfy { $0.header.subjects == [Self.subject] && $0.header.xid > 0 })
      }
    }

    /// In a restored dump, the log has the same rows in another table.
    @Test func aRestoredDumpIsAnotherLog() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        let before = try await LogQueries.ends(database).log
        for statement in [
          "ALTER TABLE platform.event_log RENAME TO dumped",
          "CREATE TABLE platform.event_log (LIKE platform.dumped INCLUDING ALL)",
          "INSERT INTO platform.event_log SELECT * FROM platform.dumped",
        ] as [Query] {
          try await database.execute(statement)
        }
        #expect(try await LogQueries.ends(database).log != before)
      }
    }

    private static var event: Query {
      """
      INSERT INTO platform.event (topic, key, type, subjects, payload)
      VALUES ('test', \(subject), 'x', ARRAY[\(subject)]::uuid[], '{}')
      """
    }
  }
}
