import EventLoop
import Postgres
import Testing

@testable import Identity
@testable import Platform

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

    @Test func partitionsAreMadeAheadAndTakeInWhatWaitedForThem() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) { "DROP TABLE platform.event_default" }
      try await Self.run(shop) { "CREATE TABLE platform.event_default PARTITION OF platform.event DEFAULT" }
      let partitions: @Sendable () -> Query = {
        "SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'platform.event'::regclass"
      }
      #expect(try await shop.number(partitions) == 9)  // today, seven days and the default
      try await Self.run(shop) {
        """
        DO $$ BEGIN
          EXECUTE format('DROP TABLE platform.event_%s',
                         to_char(now() AT TIME ZONE 'UTC' + interval '3 days', 'YYYYMMDD'));
        END $$
        """
      }
      try await Self.run(shop) {
        """
        INSERT INTO platform.event (topic, key, type, subjects, payload, at)
        VALUES ('test', platform.uuid_v7(), 'late', '{}', '{}', now() + interval '3 days')
        """
      }
      try await shop.keepUp()
      #expect(try await shop.number(partitions) == 9)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event" } == 1)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event_default" } == 0)
    }

    @Test func oldDaysAreDroppedAndRemembered() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.run(shop) {
        """
        CREATE TABLE platform.event_20200101 PARTITION OF platform.event
        FOR VALUES FROM ('2020-01-01 00:00Z') TO ('2020-01-02 00:00Z')
        """
      }
      try await Self.run(shop) {
        """
        INSERT INTO platform.event (topic, key, type, subjects, payload, at)
        SELECT 'test', platform.uuid_v7(), 'old', '{}', '{}', '2020-01-01 12:00Z' FROM generate_series(1, 5)
        """
      }
      try await Self.run(shop) {
        """
        INSERT INTO platform.request (caller, id, method, fingerprint, response, at)
        SELECT '', platform.uuid_v7(), 'test', sha256(''), '{}', now() - n * interval '11 hours'
          FROM generate_series(0, 12000) n
        """
      }
      try await shop.keepUp()
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event" } == 0)
      #expect(try await shop.number { "SELECT floor_seq AS n FROM platform.event_log" } == 5)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.request" } == 3)
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
      try await Self.run(shop) {
        """
        CREATE TABLE platform.event_20240301 PARTITION OF platform.event
        FOR VALUES FROM ('2024-03-01 00:00Z') TO ('2024-03-02 00:00Z')
        """
      }
      try await Self.run(shop) {
        """
        INSERT INTO platform.event (topic, key, type, subjects, payload, at)
        VALUES ('test', platform.uuid_v7(), 'kept', '{}', '{}', '2024-03-01 12:00Z')
        """
      }
      try await Self.run(shop) {
        """
        INSERT INTO platform.request (caller, id, method, fingerprint, response, at)
        VALUES ('', platform.uuid_v7(), 'test', sha256(''), '{}', now() - interval '9 years')
        """
      }
      // However often it runs, and on however many servers.
      for _ in 0..<5 { try await shop.keepUp() }
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event" } == 1)
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
      ({ "mail.message" }, "message_ended", { "state = 'sent' AND ended_at < now() - interval '7 days'" }),
      ({ "mail.recipient" }, "recipient_by_age", { "last_at < now() - interval '1 day'" }),
    ]

    /// A table that holds much that is not old is not read to find what is.
    @Test func deletionsFindOldRowsByAnIndex() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        // The plan of a large table, without filling eleven of them.
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
