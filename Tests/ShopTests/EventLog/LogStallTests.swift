import Platform
import Postgres
import Testing

@testable import Platform

@Suite struct LogStallAlarmTests {
  @Test func aLogThatStandsStillIsToldOfEverLouder() {
    var alarm = LogStallAlarm()
    let told: [(Int64?, LogStallAlarm.Report?)] = [
      (nil, nil), (4, nil), (5, .warning), (6, nil), (29, nil), (30, .error), (31, nil), (89, nil), (90, .error),
      (nil, .over), (nil, nil), (5, .warning), (nil, .over), (1, nil), (nil, nil), (40, .warning), (41, .error),
    ]
    for (seconds, report) in told { #expect(alarm.report(seconds.map { .seconds($0) }) == report, "\(seconds ?? -1)") }
  }
}

extension ShopTests {
  @Suite struct LogWriterTests {
    private struct Undone: Error {}

    @Test func whoWritesToTheLogHoldsItsLockUntilTheEnd() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        let (before, during, named) = try await database.transaction { transaction in
          _ = try await transaction.rows("SELECT pg_current_xact_id()", access: .write)
          let before = try await LogQueries.writers(database)
          try await transaction.execute(
            """
            INSERT INTO platform.event (topic, key, type, subjects, payload)
            VALUES ('test', gen_random_uuid(), 'x', '{}', '{}')
            """)
          return (before, try await LogQueries.writers(database), try await LogQueries.oldestWriter(database))
        }
        #expect(before.open.isEmpty && during.open.count == 1)
        #expect(named?.application == "fastshop" && (named?.pid ?? 0) > 0 && named?.since.isEmpty == false)
        let after = try await LogQueries.writers(database)
        #expect(after.haveLeft(during) && !during.haveLeft(during))
        #expect(try await LogQueries.oldestWriter(database) == nil)
      }
    }
  }
}
