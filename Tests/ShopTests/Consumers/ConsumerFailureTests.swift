import Eventually
import Logging
import Platform
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Platform

extension ShopTests {
  @Suite struct ConsumerFailureTests {
    @Test func anEventThatAlwaysFailsIsParkedAndTheOthersGoOn() async throws {
      /// An error that is too long, for who counts scalars, and holds what the database does not store.
      struct Poison: Error, CustomStringConvertible {
        let description = "Poison\u{0} " + String(repeating: "e\u{301}", count: 1_000)
      }
      let shop = try await TestShop.withEffects()
      try await shop.append(1...20)
      let tries = Mutex(0)
      let node = try await BackgroundServer(shop, node: "a") { event in
        guard event.payload == "12" else { return }
        let tried = tries.withLock { tries in
          tries += 1
          return tries
        }
        // Once with others; then it waits for a lock for too long, which counts as an attempt of another kind.
        if tried == 2 { throw PostgresError.lockNotAvailable }
        throw Poison()
      }
      try await shop.untilEffects(19)
      try await shop.append(21...25)
      try await shop.untilEffects(24)
      #expect(tries.withLock { $0 } == ConsumerBackoff.attemptsMax + 2)
      let parked: @Sendable () -> Query = {
        """
        SELECT count(*) AS n FROM platform.consumer_dead_letter
         WHERE consumer = 'test.effects' AND payload = '12' AND reason LIKE '%Poison%' AND attempts = 7
        """
      }
      #expect(try await shop.number(parked) == 1)
      await node.stop()
    }

    @Test func parkedEventsAreTriedOnceMoreWhenAnOperatorWantsIt() async throws {
      struct Poison: Error {}
      let shop = try await TestShop.withEffects()
      try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO platform.consumer_dead_letter
            (consumer, seq, topic, type, key, subjects, payload, reason, attempts)
          SELECT 'test.effects', n, 'test', 'x', k, ARRAY[k], to_jsonb(n), 'a fault', 6
            FROM generate_series(901, 904) n, platform.uuid_v7() k
          """)
        #expect(try await ParkedEvent.retry(of: "test.effects", seq: 901, database) == 1)
        #expect(try await ParkedEvent.retry(of: "test.effects", seq: 903, database) == 1)
        #expect(try await ParkedEvent.retry(of: "test.effects", seq: 904, database) == 1)
        #expect(try await ParkedEvent.retry(of: "test.effects", seq: 905, database) == 0)
        #expect(try await ParkedEvent.retry(of: "test.others", seq: nil, database) == 0)
      }
      let node = try await BackgroundServer(shop, node: "a") { event in
        guard event.payload != "903" else { throw Poison() }
      }
      try await shop.untilEffects(2)
      #expect(try await shop.number { "SELECT sum(n)::bigint AS n FROM public.effect" } == 901 + 904)
      let left = try await shop.run { try await ParkedEvent.list(of: "test.effects", limit: 10, $0) }
      #expect(left.map(\.seq) == [902, 903] && left.map(\.attempts) == [6, 1])
      #expect(left.first?.reason == "a fault" && left.last?.reason.contains("Poison") == true)
      try await shop.append(1...3)
      try await shop.untilEffects(5)
      #expect(try await shop.run { try await ParkedEvent.retry(of: "test.effects", seq: nil, $0) } == 2)
      try await shop.untilEffects(6)
      try await eventually {
        try await shop.run { try await ParkedEvent.list(of: nil, limit: 10, $0) }.map(\.attempts) == [1]
      }
      await node.stop()
    }

    @Test func `an event whose work always takes too long is parked in the end`() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...20)
      let tries = Mutex(0)
      let node = try await BackgroundServer(shop, node: "a", contentionMax: 3) { event in
        guard event.payload == "12" else { return }
        tries.withLock { $0 += 1 }
        throw PostgresError.statementTimeout
      }
      try await shop.untilEffects(19)
      #expect(tries.withLock { $0 } == 3 + 1)  // once with others
      let left = try await shop.run { try await ParkedEvent.list(of: "test.effects", limit: 10, $0) }
      #expect(left.map(\.reason) == ["\(PostgresError.statementTimeout)"])
      #expect(left.map(\.attempts) == [3], "it is not tried again before an operator wants it")
      await node.stop()
    }

    @Test func `a failure that lasts is reported once a minute`() {
      let lines = KeptLog.Lines()
      var report = FailureReport("a test waits", to: lines.logger)
      let second: Int64 = 1_000_000_000
      for now in [0, 1, 59, 60, 61, 119, 120] as [Int64] { report.failed(PostgresError.unavailable, at: now * second) }
      #expect(lines.count == 3)
      report.failed(PostgresError.statementTimeout, at: 121 * second)
      #expect(lines.count == 4)
    }

    @Test func `an event that waits for others too long is tried again until it does not`() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...20)
      let errors: [PostgresError] = [
        .lockNotAvailable, .tableLocked, .statementTimeout, .deadlockDetected, .serializationFailure, .queryCancelled,
      ]
      let tries = Mutex(0)
      let node = try await BackgroundServer(shop, node: "a") { event in
        guard event.payload == "12" else { return }
        let before = tries.withLock { tries in
          defer { tries += 1 }
          return tries
        }
        if before < 4 * errors.count { throw errors[before % errors.count] }
      }
      try await shop.untilEffects(20)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.consumer_dead_letter" } == 0)
      await node.stop()
    }
  }
}
