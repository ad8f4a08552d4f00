import EventLoop
import PlatformTesting
import Synchronization
import Testing

@testable import Catalog
@testable import Identity
@testable import Platform
@testable import Postgres

extension TestShop {
  /// Runs every chore of the platform once, as the schedules do in a day.
  func keepUp() async throws {
    try await run { database in
      for chore in Upkeep.chores { try await chore.run(database) }
    }
  }
}

/// The numbers of rows of a chore's batches.
private final class Batches {
  private let sizes: [Int]
  private(set) var taken = 0

  init(_ sizes: [Int]) { self.sizes = sizes }

  func next() -> Int {
    taken += 1
    return sizes[taken - 1]
  }
}

extension ShopTests {
  @Suite struct UpkeepTests {
    private static func run(_ shop: TestShop, _ query: @escaping @Sendable () -> Query) async throws {
      _ = try await shop.run { try await $0.execute(query()) }
    }

    private static let isTaken: @Sendable () -> Query = { "SELECT count(*) AS n FROM platform.event_default" }
    private static let ranges: @Sendable () -> Query = {
      """
      SELECT count(*) AS n FROM pg_inherits
       WHERE inhparent IN ('platform.event'::regclass, 'platform.event_subject'::regclass)
      """
    }
    /// Five events whose numbers begin with a range's first.
    private static func events(_ age: Query) -> Query {
      """
      INSERT INTO platform.event (topic, key, type, subjects, payload, at)
      SELECT 'test', platform.uuid_v7(), 'old', ARRAY[platform.uuid_v7()], '{}', now() - \(age)
        FROM generate_series(1, 5)
      """
    }

    @Test func rangesOfTheEventLogAreMadeAhead() async throws {
      let shop = try await TestShop.make(products: 0)
      #expect(try await shop.number(Self.ranges) == 10)  // the present one, three more and the default, of two tables
      try await shop.makeSmallRanges()
      // While there is no range, the default takes the events, and keeps them.
      try await Self.run(shop) { Self.events("interval '0'") }
      try await shop.keepUp()
      #expect(try await shop.number(Self.ranges) == 8)
      #expect(try await shop.number(Self.isTaken) == 5)
      try await Self.run(shop) { "SELECT setval('platform.event_seq', 100000)" }
      try await Self.run(shop) { Self.events("interval '0'") }
      #expect(try await shop.number(Self.isTaken) == 5)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event_r1" } == 5)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event_subject" } == 10)
      try await shop.keepUp()
      #expect(try await shop.number(Self.ranges) == 10)
    }

    @Test func partitionsOfATableDoNotDependOnOthers() async throws {
      let shop = try await TestShop.make(products: 0)
      let parts: @Sendable () -> Query = {
        """
        SELECT count(*) AS n FROM pg_inherits
         WHERE inhparent IN ('audit.entry'::regclass, 'inventory.movement'::regclass, 'security.event'::regclass)
        """
      }
      let before = try await shop.number(parts)
      try await Self.run(shop) {
        """
        DO $$
        DECLARE part text;
        BEGIN
          FOR part IN
            SELECT max(inhrelid::regclass::text) FROM pg_inherits
             WHERE inhparent IN ('audit.entry'::regclass, 'inventory.movement'::regclass, 'security.event'::regclass)
               AND inhrelid::regclass::text !~ 'default$'
             GROUP BY inhparent
          LOOP EXECUTE 'DROP TABLE ' || part; END LOOP;
        END $$
        """
      }
      #expect(try await shop.number(parts) == before - 3)
      try await Self.run(shop) { "INSERT INTO platform.partitioned_table VALUES ('inventory.nowhere', 'month', 3)" }
      await #expect(throws: PostgresError.self) { try await shop.keepUp() }
      #expect(try await shop.number(parts) == before)
    }

    @Test func aPeriodThatHasTooManyRowsToMoveLeavesThemWhereTheyAre() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) {
        """
        CREATE OR REPLACE FUNCTION platform.rows_moved_max() RETURNS bigint
        LANGUAGE sql IMMUTABLE AS 'SELECT 3::bigint'
        """
      }
      let months: @Sendable () -> Query = {
        "SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'inventory.movement'::regclass"
      }
      let before = try await shop.number(months)
      try await Self.run(shop) {
        """
        DO $$
        DECLARE part regclass;
        BEGIN
          FOR part IN SELECT inhrelid::regclass FROM pg_inherits
                       WHERE inhparent = 'inventory.movement'::regclass AND inhrelid::regclass::text !~ 'default$'
          LOOP EXECUTE 'DROP TABLE ' || part; END LOOP;
        END $$
        """
      }
      // Four of this month, three of the next one.
      try await Self.run(shop) {
        """
        INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, on_hand, version, at)
        SELECT platform.uuid_v7(), platform.uuid_v7(), 1, 'counted', 1, n,
               now() + CASE WHEN n > 4 THEN interval '1 month' ELSE interval '0' END
          FROM generate_series(1, 7) n
        """
      }
      let lines = KeptLog.Lines()
      try await shop.run { database in
        database.source.log = lines.logger
        try await Upkeep.makePartitions(database)
      }
      let warnings = lines.all.withLock { $0 }
      #expect(warnings.count == 1 && warnings[0].contains("inventory.movement_20"), "\(warnings)")
      #expect(try await shop.number(months) == before - 1)
      #expect(try await shop.number { "SELECT count(*) AS n FROM inventory.movement_default" } == 4)
      #expect(try await shop.number { "SELECT count(*) AS n FROM inventory.movement" } == 7)
    }

    @Test func oldEventsAreDeletedByRangesAndRemembered() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.makeSmallRanges()
      try await shop.keepUp()
      let ages: [@Sendable () -> Query] = [
        { "interval '40 days'" }, { "interval '36 days'" }, { "interval '34 days'" },
      ]
      for (range, age) in ages.enumerated() {
        try await Self.run(shop) { "SELECT setval('platform.event_seq', \(range * 100_000 + 1))" }
        try await Self.run(shop) { Self.events(age()) }
      }
      try await Self.run(shop) {
        """
        INSERT INTO platform.request (caller, id, method, fingerprint, response, at)
        SELECT '', platform.uuid_v7(), 'test', sha256(''), '{}', now() - n * interval '11 hours'
          FROM generate_series(0, 12000) n
        """
      }
      try await shop.keepUp()
      #expect(try await shop.number { "SELECT min(seq) AS n FROM platform.event" } == 200_002)
      #expect(try await shop.number { "SELECT min(seq) AS n FROM platform.event_subject" } == 200_002)
      #expect(try await shop.number { "SELECT floor_seq AS n FROM platform.event_log" } == 100_006)
      #expect(try await shop.number { "SELECT count(*) AS n FROM pg_class WHERE relname ~ '_r[01]$'" } == 0)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.request" } == 3)
    }

    /// A shop that does not fill a range in the time for which events are kept.
    @Test func oldEventsLeaveARangeThatIsNotFull() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) { Self.events("interval '40 days'") }
      try await Self.run(shop) { "SELECT nextval('platform.event_seq')" }
      try await Self.run(shop) { Self.events("interval '1 day'") }
      try await shop.keepUp()
      #expect(try await shop.number { "SELECT min(seq) AS n FROM platform.event" } == 7)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event_subject" } == 5)
      #expect(try await shop.number { "SELECT floor_seq AS n FROM platform.event_log" } == 5)
    }

    private static func deleteOldEvents(_ runner: some QueryRunner) async throws -> Int64 {
      let rows = try await runner.rows(
        "SELECT platform.drop_old_events(interval '35 days')::bigint AS n", access: .write)
      return try rows[0].int64("n")
    }
    /// The rows of the event log that the session has read without an index.
    private static let rowsScanned: @Sendable () -> Query = {
      """
      SELECT coalesce(sum(seq_tup_read), 0)::bigint AS n
        FROM pg_stat_xact_user_tables WHERE schemaname = 'platform' AND relname ~ '^event_(r|subject|default)'
      """
    }
    private static let eventsLeft: @Sendable () -> Query = { "SELECT count(*) AS n FROM platform.event" }

    /// While a range is dropped, all writers wait: nothing else is done in that transaction.
    @Test func oldEventsAreDeletedInSmallSteps() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.makeSmallRanges()
      try await shop.keepUp()
      for range in 0..<3 {
        try await Self.run(shop) { "SELECT setval('platform.event_seq', \(range * 100_000 + 1))" }
        try await Self.run(shop) { Self.events("interval '40 days'") }
      }
      for left: Int64 in [10, 5] {
        #expect(try await shop.run { try await Self.deleteOldEvents($0) } == Int64(Chore.batchRowsMax))
        #expect(try await shop.number(Self.eventsLeft) == left)
      }
      #expect(try await shop.number { "SELECT floor_seq AS n FROM platform.event_log" } == 100_006)
      #expect(try await shop.number { "SELECT min(seq) AS n FROM platform.event_subject" } == 200_002)
      #expect(try await shop.run { try await Self.deleteOldEvents($0) } == 5)
      #expect(try await shop.number(Self.eventsLeft) == 0)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event_subject" } == 0)
    }

    @Test func aBatchOfOldEventsIsFoundByIndexesAndTheRestIsDeletedNext() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) {
        """
        INSERT INTO platform.event (topic, key, type, subjects, payload, at)
        SELECT 'test', platform.uuid_v7(), 'old', ARRAY[platform.uuid_v7(), platform.uuid_v7()], '{}',
               now() - interval '40 days'
          FROM generate_series(1, 9000)
        """
      }
      try await Self.run(shop) { "ANALYZE platform.event" }
      try await Self.run(shop) { "ANALYZE platform.event_subject" }
      let read = try await shop.run { database in
        try await database.transaction { transaction in
          let before = try await transaction.number(Self.rowsScanned())
          #expect(try await Self.deleteOldEvents(transaction) == Int64(Chore.batchRowsMax))
          return try await transaction.number(Self.rowsScanned()) - before
        }
      }
      #expect(read == 0)
      #expect(try await shop.number(Self.eventsLeft) == 9_000 - Int64(Chore.batchRowsMax))
      try await shop.keepUp()
      #expect(try await shop.number(Self.eventsLeft) == 0)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event_subject" } == 0)
    }

    /// Somebody's long transaction keeps what was deleted in the tables: a batch reads no more than the one before.
    @Test func aBatchDoesNotReadWhatWasDeletedBefore() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) {
        """
        INSERT INTO platform.event (topic, key, type, subjects, payload, at)
        SELECT 'test', platform.uuid_v7(), 'old', ARRAY[platform.uuid_v7()], '{}', now() - interval '40 days'
          FROM generate_series(1, 18000)
        """
      }
      let pages = try await shop.run { database in
        var snapshot = database.stream("SELECT generate_series(1, 1000000)", from: .primary).makeAsyncIterator()
        _ = try await snapshot.next()
        var pages: [Int] = []
        for _ in 0..<8 {
          let plan = try await database.rows(
            "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) SELECT platform.drop_old_events(interval '35 days')",
            access: .write)
          let buffers = try plan.compactMap { row -> String? in
            let line = try row.string("QUERY PLAN")
            return line.contains("Buffers:") ? line : nil
          }
          pages.append(buffers.first.map { Self.pages($0) } ?? 0)
        }
        _ = try await snapshot.next()
        return pages
      }
      // From 2,000 rows that are dead come about 40 pages, with each batch anew.
      #expect(pages[1] > 2_000 && pages[7] < pages[1] + 120, "\(pages)")
      #expect(try await shop.number { "SELECT deleted_seq AS n FROM platform.event_log" } == 16_000)
    }

    /// The sum of the numbers of `Buffers: shared hit=123 read=4`.
    private static func pages(_ line: String) -> Int {
      line.split(separator: " ").filter { $0.hasPrefix("hit=") || $0.hasPrefix("read=") }
        .compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }.reduce(0, +)
    }

    /// The database's clock was set ten years ahead by mistake: for what is kept for a while, a day has passed.
    @Test func aStepOfTheClockAgesWhatIsKeptByADayAtMost() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) {
        """
        UPDATE platform.retention
           SET reached_at = now() - interval '10 years', advanced_at = now() - interval '10 years'
        """
      }
      try await Self.run(shop) { Self.events("interval '9 years'") }
      try await Self.run(shop) {
        """
        INSERT INTO platform.request (caller, id, method, fingerprint, response, at)
        VALUES ('', platform.uuid_v7(), 'test', sha256(''), '{}', now() - interval '9 years')
        """
      }
      // However often it runs, and on however many servers.
      for _ in 0..<5 { try await shop.keepUp() }
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event" } == 5)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.request" } == 1)
      let aged: @Sendable () -> Query = {
        """
        SELECT round(extract(epoch FROM reached_at - (now() - interval '10 years')) / 3600)::bigint AS n
          FROM platform.retention
        """
      }
      #expect(try await shop.number(aged) == 24)
      // Set back, nothing is older than it is.
      try await Self.run(shop) {
        "UPDATE platform.retention SET reached_at = now() + interval '1 year', advanced_at = now() + interval '1 year'"
      }
      try await shop.keepUp()
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.retention WHERE reached_at <= now()" } == 1)
    }

    /// The conditions of the chores that delete batches, and an index that finds the rows.
    private static let deletions: [(table: @Sendable () -> Query, index: String, condition: @Sendable () -> Query)] = [
      ({ "platform.request" }, "request_by_age", { "at < platform.retention_time() - interval '24 hours'" }),
      ({ "jobs.job" }, "job_ended", { JobRetention.isOld }),
      ({ "security.failure" }, "failure_by_age", { "last_at < now() - interval '2 days'" }),
      (
        { "identity.session" }, "session_by_retention",
        { "coalesce(ended_at, expires_at) < platform.retention_time() - interval '90 days'" }
      ),
      ({ "identity.mailed_token" }, "mailed_token_by_expiry", { IdentityUpkeep.expired }),
      ({ "identity.device_grant" }, "device_grant_by_expiry", { IdentityUpkeep.expired }),
      ({ "identity.login_challenge" }, "login_challenge_by_expiry", { IdentityUpkeep.expired }),
      ({ "identity.external_visit" }, "external_visit_by_expiry", { "expires_at < now()" }),
      ({ "identity.revocation" }, "revocation_by_time", { "at < platform.retention_time() - interval '48 hours'" }),
      ({ "catalog.used_upload" }, "used_upload_by_time", { MediaUpkeep.oldUses }),
      ({ "mail.message" }, "message_ended", { "state = 'sent' AND ended_at < now() - interval '7 days'" }),
      ({ "mail.recipient" }, "recipient_by_age", { "last_at < now() - interval '1 day'" }),
    ]

    /// A table that holds much that is not old is not read to find what is.
    @Test func deletionsFindOldRowsByAnIndex() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        // The plan of a large table, without filling twelve of them.
        try await database.transaction { transaction in
          try await transaction.execute("SET LOCAL enable_seqscan = off")
          for (table, index, condition) in Self.deletions {
            let plan = try await transaction.rows("EXPLAIN SELECT ctid FROM \(table()) WHERE \(condition()) LIMIT 10")
            let text = try plan.map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
            #expect(text.contains(index) && !text.contains("Seq Scan"), "\(text)")
          }
        }
      }
    }

    /// A chore that fails holds up no other one, and a deletion is not one statement that outgrows its time.
    @Test func aChoreWorksInBatches() async throws {
      let shop = try await TestShop.make(products: 0)
      let batches = try await shop.run { database in
        let left = LoopBound(Batches([Chore.batchRowsMax, Chore.batchRowsMax, 7, 5]), on: database.loop)
        let total = try await Chore("test.batches", "0 * * * *") { _ in left.value.next() }.run(database)
        #expect(total == 2 * Chore.batchRowsMax + 7)
        return left.value.taken
      }
      #expect(batches == 3)
    }

    @Test func everyTableAndColumnIsExplained() async throws {
      let shop = try await TestShop.make(products: 0)
      let unexplained = try await shop.number {
        """
        SELECT count(*) AS n
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace IN ('platform'::regnamespace, 'catalog'::regnamespace, 'inventory'::regnamespace,
                                  'audit'::regnamespace)
           AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
        """
      }
      #expect(unexplained == 0)
    }

    @Test func idsMadeByTheDatabaseAreOfVersion7() async throws {
      let shop = try await TestShop.make(products: 0)
      let wrong = try await shop.number {
        """
        SELECT count(*) AS n
          FROM (SELECT platform.uuid_v7()::text AS id FROM generate_series(1, 1000)) made
         WHERE substr(id, 15, 1) <> '7' OR substr(id, 20, 1) NOT IN ('8', '9', 'a', 'b')
            OR abs(('x' || substr(replace(id, '-', ''), 1, 12))::bit(48)::bigint
                   - extract(epoch FROM now()) * 1000) > 60000
        """
      }
      #expect(wrong == 0)
    }
  }
}
