import AuditAPI
import CatalogAPI
import EventLoop
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension TestNode {
  func audited(_ fill: (ListAuditEntriesRequest) -> Void = { _ in }) async throws -> ListAuditEntriesResponse {
    try await AuditClient(channel).listAuditEntries(request(ListAuditEntriesRequest.self, fill))
  }
}

extension TestShop {
  static var auditKeys: AuditKeys { vault.auditKeys }

  func verify(
    known heads: AuditHeads? = nil, keys: AuditKeys = auditKeys, now: Instant = .now
  ) async throws -> AuditVerification.Outcome {
    var noted = RecordedHeads()
    if let heads { noted.add(heads) }
    return try await verify(noted, keys: keys, now: now)
  }

  func verify(
    _ noted: RecordedHeads, keys: AuditKeys = auditKeys, now: Instant = .now
  ) async throws -> AuditVerification.Outcome {
    try await run { try await AuditVerification(keys, noted: noted, now: now).run($0) }
  }

  /// From here on entries need a MAC.
  func setBoundary(keys: AuditKeys = auditKeys, now: Instant = .now) async throws -> AuditBoundary.Outcome {
    try await run { try await AuditBoundary.set($0, keys, at: now, isSettled: true) }
  }

  /// Changes that the owner of the database can make, and the program cannot.
  func tamper(_ queries: (@Sendable () -> Query)...) async throws {
    try await run { database in
      try await database.transaction { transaction in
        try await transaction.execute("SET LOCAL session_replication_role = replica")
        var rows = 0
        for query in queries { rows += try await transaction.execute(query()) }
        #expect(rows > 0)
      }
    }
  }

  /// Entries of the audit log about a thing, one by one, most of them in one chain.
  func audit(_ count: Int, vault: Vault? = vault, now: Instant = .now) async throws {
    try await run { try await Self.audit(count, in: $0, vault: vault, now: now) }
  }

  static func audit(
    _ count: Int, in database: Database, vault: Vault? = vault, now: Instant = .now
  ) async throws {
    for number in 1...count {
      let origin = WorkOrigin.command("test", vault: vault)
      let note = AuditedAction("test.thing.change", on: "test.Thing", "\(number)", by: origin, now: now)
      try await database.work(as: origin) { try $0.audit(note) }
    }
  }
}

extension ShopTests {
  @Suite struct AuditTests {
    @Test func anAdjustmentIsAuditedWithBeforeAndAfter() async throws {
      let shop = try await TestShop.make()
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let before = try await nodes[0].stock(of: variant)
        let id = TestID.next()
        for _ in 0..<3 { _ = try await nodes[0].adjust(variant, 5, reason: .received, note: "a pallet", id: id) }
        let page = try await nodes[0].audited()
        let entry = try #require(page.entries.first)
        #expect(page.entries.count == 1)
        #expect(entry.action == "inventory.stock.adjust" && entry.resourceType == "fastshop.inventory.v1.Stock")
        #expect(entry.resourceID.string == variant && entry.requestID.string == id)
        #expect(entry.method == "fastshop.inventory.v1.InventoryService/AdjustStock")
        #expect(entry.actor?.kind == .user && entry.actor?.address == "127.0.0.1")
        #expect(entry.beforeJson.string.contains("\"onHand\": \(before.onHand),"))
        #expect(entry.afterJson.string.contains("\"onHand\": \(before.onHand + 5),"))
        #expect(entry.afterJson.string.contains("a pallet"))
        _ = await failure { _ = try await nodes[0].adjust(variant, -1_000_000) }
        #expect(try await nodes[0].audited().entries.count == 1)
      }
      let outcome = try await shop.verify()
      #expect(outcome.flaws.isEmpty && outcome.entries == 1)
    }

    @Test func manyWritersAtOnceMakeWholeChains() async throws {
      let shop = try await TestShop.make()
      try await shop.serve(nodes: 2) { nodes in
        let variants = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
          .map { $0.variants[0].id.string }
        _ = try await InventoryTests.atOnce(200) { index in
          try await nodes[index % 2].adjust(variants[index % variants.count], 1).movementID.string
        }
      }
      let outcome = try await shop.verify()
      #expect(outcome.flaws.isEmpty && outcome.entries == 200)
      #expect(try await shop.number { "SELECT count(*) AS n FROM audit.chain WHERE length > 0" } > 20)
    }

    @Test func theProgramCannotChangeOrRemoveAnEntry() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.audit(2)
      let attempts: [@Sendable () -> Query] = [
        { "UPDATE audit.entry SET action = 'nothing'" }, { "DELETE FROM audit.entry" }, { "TRUNCATE audit.entry" },
      ]
      for attempt in attempts {
        await #expect(throws: PostgresError.self) { try await shop.run { _ = try await $0.execute(attempt()) } }
      }
      #expect(try await shop.verify().entries == 2)
    }

    static let tampering: [(String, @Sendable () -> Query, String)] = [
      ("another actor", { "UPDATE audit.entry SET actor_id = 'somebody' WHERE resource_id = '70'" }, "changed since"),
      ("a state", { "UPDATE audit.entry SET after = '{}' WHERE resource_id = '70'" }, "changed since"),
      (
        "another time", { "UPDATE audit.entry SET at = at - interval '1 ms' WHERE resource_id = '70'" },
        "changed since"
      ),
      ("a removed entry", { "DELETE FROM audit.entry WHERE resource_id = '70'" }, "missing"),
      ("the last ones removed", { "DELETE FROM audit.entry WHERE resource_id::int > 140" }, "missing"),
      (
        "two entries swapped",
        {
          """
          UPDATE audit.entry a SET seq = b.seq
            FROM audit.entry b
           WHERE a.chain = b.chain AND b.seq = 3 - a.seq
             AND a.chain = (SELECT chain FROM audit.entry WHERE seq = 2 LIMIT 1)
          """
        }, "not what followed there"
      ),
      (
        "an entry put in between",
        {
          """
          INSERT INTO audit.entry
                (chain, seq, actor_kind, method, action, resource_type, resource_id, previous_hash, hash)
          SELECT chain, seq, 'system', '', 'x', 'x', 'x', previous_hash, hash
            FROM audit.entry WHERE resource_id = '70'
          """
        }, "a second one"
      ),
      ("the end set back", { "UPDATE audit.chain SET hash = sha256('') WHERE length > 0" }, "does not fit"),
    ]

    @Test func whateverASuperuserChangesIsFound() async throws {
      for (name, change, found) in Self.tampering {
        let shop = try await TestShop.make(products: 0)
        try await shop.audit(150)
        #expect(try await shop.verify().flawCount == 0)
        try await shop.tamper(change)
        let outcome = try await shop.verify()
        #expect(outcome.flaws.contains { $0.description.contains(found) }, "\(name): \(outcome.flaws)")
      }
    }

    @Test func whatWasNotedElsewhereTellsOfALogWrittenAnew() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.audit(100)
      let noted = try await shop.verify().heads
      try await shop.audit(100)
      #expect(try await shop.verify(known: noted).flawCount == 0)
      // Empty the log, and write another one.
      try await shop.tamper { "DELETE FROM audit.entry" }
      try await shop.tamper { "UPDATE audit.chain SET length = 0, hash = floor_hash" }
      try await shop.audit(400)
      #expect(try await shop.verify().flawCount == 0)
      #expect(try await shop.verify(known: noted).flawCount > 0)
    }

    @Test func whatWaitedInTheDefaultPartitionIsMovedThoughItMayNotBeDeleted() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        _ = try await database.execute(
          """
          DO $$ BEGIN
            EXECUTE format('DROP TABLE audit.entry_%s', to_char(now() AT TIME ZONE 'UTC', 'YYYYMM'));
          END $$
          """)
      }
      try await shop.audit(3)
      #expect(try await shop.number { "SELECT count(*) AS n FROM audit.entry_default" } == 3)
      try await shop.keepUp()
      #expect(try await shop.number { "SELECT count(*) AS n FROM audit.entry_default" } == 0)
      #expect(try await shop.verify().entries == 3)
      #expect(try await shop.verify().flaws.isEmpty)
      await #expect(throws: PostgresError.self) {
        try await shop.run { _ = try await $0.execute("DELETE FROM audit.entry_default; ") }
        try await shop.run { _ = try await $0.execute("DELETE FROM audit.entry") }
      }
    }

    @Test func thePagesOfAListAreTheWholeList() async throws {
      let shop = try await TestShop.make()
      try await shop.serve { nodes in
        let variants = try await nodes[0].product().variants.map(\.id.string)
        for round in 0..<4 {
          for variant in variants { _ = try await nodes[0].adjust(variant, Int64(round + 1)) }
        }
        try await shop.audit(5)
        let whole = try await nodes[0].audited { $0.pageSize = 250 }
        #expect(whole.entries.count == 4 * variants.count + 5 && whole.nextPageToken.isEmpty)
        var paged: [String] = []
        var token = ""
        repeat {
          let page = try await nodes[0].audited {
            $0.pageSize = 3
            $0.pageToken = $0.text(token)
          }
          paged += page.entries.map(\.id.string)
          token = page.nextPageToken.string
        } while !token.isEmpty
        #expect(paged == whole.entries.map(\.id.string))
        let ofOne = try await nodes[0].audited {
          $0.resourceType = "fastshop.inventory.v1.Stock"
          $0.resourceID = $0.text(variants[0])
        }
        #expect(ofOne.entries.count == 4)
        #expect(try await nodes[0].audited { $0.action = "test." }.entries.count == 5)
        #expect(try await nodes[0].audited { $0.action = "test" }.entries.isEmpty)
        #expect(try await nodes[0].audited { $0.actorID = $0.text(variants[0]) }.entries.isEmpty)
        let last = try #require(whole.entries.last?.createTime)
        let later = try await nodes[0].audited {
          $0.startTime = Timestamp(in: $0.storage.arena)
          $0.startTime?.seconds = last.seconds + 1_000
        }
        #expect(later.entries.isEmpty)
        let error = await failure {
          _ = try await nodes[0].audited {
            $0.pageSize = -1
            $0.actorID = "x"
            $0.resourceID = $0.text(variants[0])
            $0.pageToken = "x"
          }
        }
        #expect(Set(error?.fields ?? []) == ["page_size", "actor_id", "resource_type", "page_token"])
      }
    }
  }
}
