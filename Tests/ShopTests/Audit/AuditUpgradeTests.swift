import EventLoop
import Migrations
import Platform
import Postgres
import PostgresTesting
import Protobuf
import Sealing
import Testing

extension TestShop {
  /// A database of the release before entries had MACs, with so many entries, then brought up to date.
  static func upgraded(entries count: Int) async throws -> TestShop {
    let all = try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }
    let old = all.prefix { !$0.name.contains("audit_macs") }
    let shop = TestShop(url: try await TestPostgres.shared().database(Array(old)))
    try await shop.run { database in
      for number in 1...count { _ = try await database.execute(oldEntry(number)) }
      _ = try await Migrator(all).migrate(database)
    }
    return shop
  }

  /// What a server of that release writes.
  static func oldEntry(_ number: Int) -> Query {
    """
    INSERT INTO audit.entry (actor_kind, method, action, resource_type, resource_id)
    VALUES ('system', '', 'old', 'old', \(String(number)))
    """
  }

  /// Lets the database write entries of another time, with a partition for each month.
  func travel(to day: @escaping @Sendable () -> Query, partition: (@Sendable () -> Query)? = nil) async throws {
    try await run { database in
      if let partition { _ = try await database.execute(partition()) }
      _ = try await database.execute(day())
      _ = try await database.execute("UPDATE audit.chain SET at = audit.next_time()")
    }
  }
}

extension ShopTests {
  @Suite struct AuditUpgradeTests {
    private static let january = Instant(clamping: 1_547_500_000_000_000)  // 2019-01-14
    private static let february = Instant(clamping: 1_550_000_000_000_000)  // 2019-02-12

    private static func inJanuary() -> Query {
      """
      CREATE OR REPLACE FUNCTION audit.next_time() RETURNS timestamptz LANGUAGE sql
      AS $$ SELECT to_timestamp(1547500000) $$
      """
    }

    private static func inFebruary() -> Query {
      """
      CREATE OR REPLACE FUNCTION audit.next_time() RETURNS timestamptz LANGUAGE sql
      AS $$ SELECT to_timestamp(1550000000) $$
      """
    }

    private static func today() -> Query {
      """
      CREATE OR REPLACE FUNCTION audit.next_time() RETURNS timestamptz LANGUAGE sql
      AS $$ SELECT clock_timestamp() $$
      """
    }

    /// A shop with 100 entries of each of two months that are kept no longer, and as many of today.
    private func oldShop() async throws -> TestShop {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      try await shop.travel(to: Self.inJanuary) {
        """
        CREATE TABLE audit.entry_201901 PARTITION OF audit.entry
        FOR VALUES FROM ('2019-01-01 00:00Z') TO ('2019-02-01 00:00Z')
        """
      }
      try await shop.audit(100, now: Self.january)
      try await shop.travel(to: Self.inFebruary) {
        """
        CREATE TABLE audit.entry_201902 PARTITION OF audit.entry
        FOR VALUES FROM ('2019-02-01 00:00Z') TO ('2019-03-01 00:00Z')
        """
      }
      try await shop.audit(100, now: Self.february)
      try await shop.travel(to: Self.today)
      try await shop.audit(100)
      let outcome = try await shop.verify()
      #expect(outcome.entries == 300 && outcome.flaws.isEmpty && outcome.remarks.isEmpty, "\(outcome.remarks)")
      return shop
    }

    @Test func oldMonthsGoAndTheRestStillHolds() async throws {
      let shop = try await oldShop()
      let noted = try await shop.verify().heads
      let keys = TestShop.auditKeys
      // January alone is old enough.
      let early = Self.february + .seconds(7 * 366 * 86_400 - 10 * 86_400)
      #expect(try await shop.run { try await AuditRetention(keys, now: early).run($0) } == 1)
      #expect(try await shop.verify().entries == 200)
      #expect(try await shop.verify(known: noted).flaws.isEmpty)
      #expect(try await shop.run { try await AuditRetention(keys, now: .now).run($0) } == 1)
      #expect(try await shop.run { try await AuditRetention(keys, now: .now).run($0) } == 0)
      let outcome = try await shop.verify(known: noted)
      #expect(outcome.entries == 100 && outcome.flaws.isEmpty)
      #expect(try await shop.number { "SELECT sum(floor_length)::bigint AS n FROM audit.chain" } == 200)
    }

    @Test func anOldFloorThatIsPutBackIsFound() async throws {
      let shop = try await oldShop()
      let keys = TestShop.auditKeys
      let early = Self.february + .seconds(7 * 366 * 86_400 - 10 * 86_400)
      _ = try await shop.run { try await AuditRetention(keys, now: early).run($0) }
      try await shop.run { database in
        _ = try await database.execute("CREATE TABLE audit.kept AS SELECT * FROM audit.signed_place")
        _ = try await AuditRetention(keys, now: .now).run(database)
      }
      try await shop.tamper(
        { "DELETE FROM audit.signed_place" }, { "INSERT INTO audit.signed_place SELECT * FROM audit.kept" })
      #expect("\(try await shop.verify().flaws)".contains("though retention left it"))
      try await shop.tamper {
        """
        UPDATE audit.chain c SET floor_length = p.length, floor_hash = p.hash
          FROM audit.signed_place p
         WHERE p.kind = 'floor' AND p.chain = c.number
        """
      }
      #expect("\(try await shop.verify().flaws)".contains("missing"))
    }

    @Test func retentionTakesNothingThatIsNotGenuineOrYoungerThanItSays() async throws {
      let keys = TestShop.auditKeys
      let forged = try await oldShop()
      try await forged.tamper { "UPDATE audit.entry SET actor_id = 'somebody' WHERE at < '2019-02-01Z'" }
      await #expect(throws: AuditRetention.Refusal.self) {
        try await forged.run { try await AuditRetention(keys, now: .now).run($0) }
      }
      #expect(try await forged.verify().entries == 300)
      // The database writes today's entries into 2019; their ids tell when a server made them.
      let dated = try await oldShop()
      try await dated.travel(to: Self.inFebruary)
      try await dated.audit(100)
      #expect(try await dated.verify().remarks.contains { "\($0)".contains("more than a day apart") })
      _ = try? await dated.run { try await AuditRetention(keys, now: .now).run($0) }
      #expect(try await dated.number { "SELECT count(*) AS n FROM audit.entry WHERE at >= '2019-02-01Z'" } == 300)
    }

    @Test func whatIsSignedAsOldBecauseTheDatabaseSaysSoIsTooYoung() async throws {
      let (shop, keys) = (try await oldShop(), TestShop.auditKeys)
      try await shop.tamper { "DELETE FROM audit.entry WHERE at >= '2019-03-01Z'" }
      try await shop.travel(to: Self.inFebruary)
      try await shop.audit(100)
      // A server that believes the database's clock takes today's entries for old ones.
      let ahead = Instant.now + .seconds(8 * 366 * 86_400)
      _ = try await shop.run { try await AuditRetention(keys, now: ahead).run($0) }
      #expect("\(try await shop.verify().flaws)".contains("retention keeps entry"))
    }

    @Test func aBoundaryThatIsSetAnewIsFoundByHeadsOfBefore() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      try await shop.audit(100)
      let noted = try await shop.verify().heads
      // All MACs go, so the server takes what was forged since for entries of an earlier release.
      for number in 1...100 { try await shop.run { _ = try await $0.execute(TestShop.oldEntry(number)) } }
      try await shop.tamper({ "UPDATE audit.entry SET mac = NULL" }, { "DELETE FROM audit.signed_place" })
      #expect(try await shop.setBoundary() == .isSet)
      #expect("\(try await shop.verify(known: noted).flaws)".contains("no operator said so"))
    }

    @Test func entriesOfAnEarlierReleaseAreBelievedUpToTheBoundary() async throws {
      let shop = try await TestShop.upgraded(entries: 150)
      let (keys, now) = (TestShop.auditKeys, Instant.now)
      #expect(
        try await shop.run { try await AuditBoundary.set($0, keys, at: now, isSettled: false) } == .isTooEarly)
      // An old server still writes beside a new one.
      try await shop.audit(10)
      try await shop.run { _ = try await $0.execute(TestShop.oldEntry(151)) }
      var outcome = try await shop.verify()
      #expect(outcome.flaws.isEmpty && outcome.bare == 151)
      #expect(outcome.remarks == [.noBoundary(entries: 151)])
      #expect(try await shop.setBoundary() == .isSet)
      #expect(try await shop.setBoundary() == .isThere)
      try await shop.audit(10)
      outcome = try await shop.verify()
      #expect(outcome.flaws.isEmpty && outcome.remarks.isEmpty && outcome.bare == 151)
      let noted = outcome.heads
      try await shop.run { _ = try await $0.execute(TestShop.oldEntry(152)) }
      outcome = try await shop.verify(known: noted)
      #expect(outcome.flawCount == 1 && "\(outcome.flaws)".contains("has no MAC"))
      // An operator knows why.
      try await shop.run { database in
        try await database.work(as: .test) { work in
          try await AuditBoundary.move(work.transaction, keys, at: now)
          try work.audit(AuditBoundary.movedAction, on: "audit.entry", "all")
        }
      }
      #expect(try await shop.verify(known: noted).flaws.isEmpty)
    }

    @Test func anOldEntryThatIsEditedAndHashedAnewIsFound() async throws {
      let shop = try await TestShop.upgraded(entries: 150)
      _ = try await shop.setBoundary()
      try await shop.tamper(
        { "UPDATE audit.entry SET actor_id = 'somebody' WHERE resource_id = '70'" }, Forgery.rehash)
      #expect("\(try await shop.verify().flaws)".contains("does not fit"))
    }

    /// What an earlier release wrote may be more than a statement can read in its time.
    @Test func aLogOfAnyLengthGetsItsBoundary() async throws {
      let shop = try await TestShop.upgraded(entries: 400)
      let plan = try await shop.run { database in
        _ = try await database.execute("ANALYZE audit.entry")
        return try await database.rows("EXPLAIN (COSTS OFF) \(AuditBoundary.signed(before: .now))", access: .write)
          .map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
      }
      #expect(plan.contains("chain_seq_idx") && !plan.contains("Seq Scan on entry"), "\(plan)")
    }

    @Test func aBoundaryThatIsRemovedIsNotSetAgain() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      try await shop.audit(5)
      try await shop.tamper { "DELETE FROM audit.signed_place" }
      let later = Instant.now + .seconds(2 * 86_400)
      #expect(try await shop.setBoundary(now: later) == .isMissing)
      #expect(try await shop.verify(now: later).flaws == [.boundaryMissing])
    }

    @Test func entriesOfAnOlderKeyAreVerifiedAfterARotation() async throws {
      let shop = try await TestShop.make(products: 0)
      let (old, new, index) = (SecretKey(), SecretKey(), SecretKey())
      let before = Vault(VaultKeys(sealing: Keyring(old), indexing: index))
      let after = Vault(VaultKeys(sealing: Keyring(new, alsoOpening: [old]), indexing: index))
      _ = try await shop.setBoundary(keys: before.auditKeys)
      try await shop.audit(70, vault: before)
      try await shop.audit(70, vault: after)
      #expect(try await shop.verify(keys: after.auditKeys).flaws.isEmpty)
      let without = Vault(VaultKeys(sealing: Keyring(new), indexing: index))
      #expect(try await shop.verify(keys: without.auditKeys).flawCount >= 70)
    }

    @Test func aClockThatGoesBackStopsNothingAndForgesNothing() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      try await shop.audit(70)
      // The clock was ahead by minutes, and then by days.
      for ahead: @Sendable () -> Query in [
        { "UPDATE audit.chain SET at = at + interval '10 minutes'" },
        { "UPDATE audit.chain SET at = at + interval '10 days'" },
      ] {
        try await shop.run { _ = try await $0.execute(ahead()) }
        try await shop.audit(70)
        let outcome = try await shop.verify()
        #expect(outcome.flaws.isEmpty)
      }
      #expect(try await shop.number { "SELECT count(*) AS n FROM audit.entry WHERE at > now() + interval '1 h'" } == 0)
    }

    @Test func writersAndRetentionAtWorkRaiseNoAlarm() async throws {
      let shop = try await oldShop()
      let keys = TestShop.auditKeys
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { try await shop.audit(300) } }
        group.addTask { _ = try await shop.run { try await AuditRetention(keys, now: .now).run($0) } }
        group.addTask {
          var noted: AuditHeads?
          for _ in 0..<8 {
            let outcome = try await shop.verify(known: noted)
            #expect(outcome.flaws.isEmpty)
            noted = outcome.heads
          }
        }
        try await group.waitForAll()
      }
      let outcome = try await shop.verify()
      #expect(outcome.flaws.isEmpty && outcome.entries == 700)
    }
  }
}
