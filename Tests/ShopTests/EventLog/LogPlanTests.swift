import Postgres
import Testing

@testable import Platform

extension ShopTests {
  /// What reading the log costs, in a log of two million events and twenty ranges.
  @Suite struct LogPlanTests {
    private static let millions: Int64 = 2
    /// What one statement writes: far fewer than its time limit allows.
    private static let batch = 20_000
    /// One event of so many concerns the rare subject.
    private static let interval = 100_000
    /// A page has 500 events; each is found in an index of three or four levels, and in the table. The first page of a
    /// connection reads the catalog of twenty ranges, too. The log has 40,000 blocks, and this subject's index 15,000.
    private static let pageBlocksMax = 8_000
    /// The same for a subject with few events.
    private static let fewBlocksMax = 1_500

    private static let popular = ID("018cc251-f400-7ade-9e36-000000000001") ?? .none
    private static let rare = ID("018cc251-f400-7ade-9e36-ffff00000007") ?? .none

    /// Every event concerns the popular subject.
    private static func fill(_ database: Database) async throws {
      try await database.execute("SELECT platform.make_event_ranges(0, 21)")
      try await database.execute("ALTER TABLE platform.event DISABLE TRIGGER event_is_indexed")
      for start in stride(from: 1, through: Int(millions) * 1_000_000, by: batch) {
        try await database.execute(
          """
          INSERT INTO platform.event (topic, key, type, subjects, payload)
          SELECT 'test', \(popular), 'x', ARRAY[\(popular), \(rare)]::uuid[], '{}' FROM generate_series(1, \(batch))
          """)
        try await database.execute(
          """
          INSERT INTO platform.event_subject (subject, topic, seq)
          SELECT \(popular)::uuid, 'test', seq FROM platform.event WHERE seq >= \(start)
          """)
        guard (start - 1) % interval == 0 else { continue }
        try await database.execute(
          "INSERT INTO platform.event_subject (subject, topic, seq) VALUES (\(rare)::uuid, 'test', \(start))")
      }
      try await database.execute("ALTER TABLE platform.event ENABLE TRIGGER event_is_indexed")
    }

    private static func plan(_ query: Query, _ database: Database) async throws -> [String] {
      try await database.rows("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) \(query)", access: .write)
        .map { try $0.string("QUERY PLAN") }
    }

    /// The blocks that the query looked at: the numbers of `Buffers: shared hit=12 read=3`.
    private static func blocks(_ plan: [String]) throws -> Int {
      let line = try #require(plan.first { $0.contains("Buffers: shared") })
      return line.split(separator: " ").filter { $0.hasPrefix("hit=") || $0.hasPrefix("read=") }
        .compactMap { Int($0.drop { $0 != "=" }.dropFirst()) }.reduce(0, +)
    }

    @Test func aSubscriberThatComesBackReadsOnlyItsEventsHoweverLongTheLogIs() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.makeSmallRanges()
      try await shop.run { database in
        try await Self.fill(database)
        let last = Self.millions * 1_000_000
        for analyzed in [false, true] {
          if analyzed {
            try await database.transaction { transaction in
              // Of 20 ranges, the usual sample may take longer than a statement may.
              try await transaction.execute("SET LOCAL default_statistics_target = 10")
              try await transaction.execute("ANALYZE platform.event_subject")
              try await transaction.execute("ANALYZE platform.event")
            }
          }
          // More often than the server makes a plan for the values.
          for after in [0, 10, 1_000, 500_000, 1_000_000, 1_500_000, 1_999_000, 1_999_990] as [Int64] {
            let page = try await LogQueries.page(
              of: "test", concerning: [Self.popular], after: after, upTo: last, database)
            #expect(page.map(\.header.seq) == Array((after + 1)...min(after + 500, last)))
            let popular = try await Self.plan(
              LogQueries.pageQuery(of: "test", concerning: [Self.popular], after: after, upTo: last), database)
            #expect(try Self.blocks(popular) <= Self.pageBlocksMax, "after \(after): \(popular)")
            let rare = try await Self.plan(
              LogQueries.pageQuery(of: "test", concerning: [Self.rare], after: after, upTo: last), database)
            #expect(try Self.blocks(rare) <= Self.fewBlocksMax, "after \(after): \(rare)")
            let none = try await LogQueries.page(
              of: "another", concerning: [Self.popular, Self.rare], after: after, upTo: last, database)
            #expect(none.isEmpty)
          }
          let next = try await Self.plan(LogQueries.pageQuery(after: 1_500_000, upTo: 1_600_000 - 1), database)
          #expect(try Self.blocks(next) <= Self.fewBlocksMax, "\(next)")
        }
      }
    }
  }
}
