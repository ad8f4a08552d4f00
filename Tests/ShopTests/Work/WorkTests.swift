import Checkout
import EventLoop
import Foundation
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  @Suite struct WorkTests {
    private struct Undone: Error {}

    @Test("what is buffered is written in the order of its steps, with COMMIT, in one round trip")
    func flush() async throws {
      let shop = try await TestShop.withThings()
      let jobs = BufferedKind<ID>(.rows) { "INSERT INTO test.thing (id) SELECT unnest(\($0)::uuid[])" }
      try await shop.run { database in
        let id = ID.made(at: .now)
        let transaction = try await database.work(as: .test) { work in
          work.publish(NewEvent("test.thing", "made", of: id, json: "{\"n\": 1}"))
          try work.audit("test.thing.make", on: "test.Thing", id)
          work.atCommit(jobs, .made(at: .now))
          try await work.make(id)
          work.publish(NewEvent("test.thing", "seen", of: id, subjects: [id, .none]))
          try work.audit("test.thing.see", on: "test.Thing", id)
          work.atCommit(jobs, .made(at: .now))
          return work.transaction
        }
        #expect(transaction.roundTrips == 2)
        let events = try await database.rows(
          """
          SELECT type, payload ->> 'n' AS n, cardinality(subjects) AS subjects, xid::text AS xid, key
            FROM platform.event
           ORDER BY seq
          """)
        #expect(try events.map { try $0.string("type") } == ["made", "seen"])
        #expect(try events.map { try $0.int64("subjects") } == [1, 2])
        #expect(try events[0].string("n") == "1" && events[0].string("key") == "\(id)")
        let entries = try await database.rows(
          "SELECT action, actor_kind, resource_id FROM audit.entry WHERE mac IS NOT NULL ORDER BY seq")
        #expect(try entries.map { try $0.string("action") } == ["test.thing.make", "test.thing.see"])
        #expect(try entries[0].string("actor_kind") == "operator" && entries[0].string("resource_id") == "\(id)")
      }
      #expect(try await shop.things() == 3)
      #expect(try await shop.verify().flaws.isEmpty)
    }

    @Test("a failure leaves nothing, and neither does one of what is written last")
    func failures() async throws {
      let shop = try await TestShop.withThings()
      let wrong = BufferedKind<Int64>(.rows) { "SELECT 1 / (n - n) FROM unnest(\($0)::bigint[]) n" }
      try await shop.run { database in
        await #expect(throws: Undone.self) {
          try await database.work(as: .test) { work in
            try await work.make()
            work.publish(NewEvent("test.thing", "made", of: .none))
            throw Undone()
          }
        }
        await #expect(throws: PostgresError.self) {
          try await database.work(as: .test) { work in
            try await work.make()
            work.publish(NewEvent("test.thing", "made", of: .none))
            work.atCommit(wrong, 1)
          }
        }
      }
      #expect(try await shop.things() == 0)
      #expect(try await shop.events() == 0)
    }

    @Test("an entry of the audit log that the database suppresses undoes the work")
    func suppressedEntry() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        try await database.execute(
          """
          CREATE FUNCTION test.suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$
          """)
        try await database.execute(
          "CREATE TRIGGER a BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION test.suppress()")
        await #expect(throws: PostgresError.self) {
          try await database.work(as: .test) { work in
            try await work.make()
            try work.audit("test.thing.make", on: "test.Thing", "1")
          }
        }
      }
      #expect(try await shop.things() == 0)
    }

    @Test("a savepoint takes back what was buffered inside")
    func savepoint() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        try await database.work(as: .test) { work in
          work.publish(NewEvent("test.thing", "first", of: .none))
          try? await work.savepoint {
            try await work.make()
            work.publish(NewEvent("test.thing", "second", of: .none))
            try work.audit("test.thing.make", on: "test.Thing", "1")
            throw Undone()
          }
          try await work.savepoint { work.publish(NewEvent("test.thing", "third", of: .none)) }
          try await work.make()
        }
        let types = try await database.rows("SELECT type FROM platform.event ORDER BY seq")
        #expect(try types.map { try $0.string("type") } == ["first", "third"])
        #expect(try await database.rows("SELECT FROM audit.entry").isEmpty)
      }
      #expect(try await shop.things() == 1)
    }

    @Test("a refusal that is committed writes what is buffered, and stores no response")
    func committedRefusal() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        let key = try IdempotencyKey.test(TestID.next())
        await #expect(throws: Undone.self) {
          _ = try await database.answer(key) { work in
            try await work.make()
            work.publish(NewEvent("test.thing", "refused", of: .none))
            throw CommittedRefusal(Undone())
          }
        }
        #expect(try await database.answer(key) { _ in "carried out" } == "carried out")
      }
      #expect(try await shop.things() == 1)
      #expect(try await shop.events() == 1)
    }

    @Test("an attempt after a deadlock begins with nothing buffered")
    func retry() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        var attempts = 0
        let key = try IdempotencyKey.test(TestID.next())
        let answer = try await database.answer(key) { work in
          attempts += 1
          try await work.make()
          work.publish(NewEvent("test.thing", "made", of: .none))
          if attempts == 1 { throw PostgresError.deadlockDetected }
          return "attempt \(attempts)"
        }
        #expect(answer == "attempt 2")
      }
      #expect(try await shop.things() == 1)
      #expect(try await shop.events() == 1)
    }

    @Test("a repeated request gets the first response, whenever its body would refuse now")
    func repeated() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        let id = TestID.next()
        let key = try IdempotencyKey.test(id)
        #expect(try await database.answer(key) { _ in "first" } == "first")
        var runs = 0
        #expect(try await database.answer(key) { _ in throw Undone() } == "first")
        let second = try await database.answer(key) { work in
          try await work.make()
          runs += 1
          return "second"
        }
        let ignoring = try await database.answer(key) { work in
          try? await work.make()
          return "third"
        }
        let sending = try await database.answer(key) { work in
          work.send("INSERT INTO test.thing (id) VALUES (gen_random_uuid())")
          return "fourth"
        }
        #expect([second, ignoring, sending] == ["first", "first", "first"])
        #expect(runs == 0, "the server skips what travels with a request that was carried out before")
        await #expect(throws: IdempotencyError.reused(try #require(ID(id)))) {
          _ = try await database.answer(try IdempotencyKey.test(id, delta: 2)) { _ in "other" }
        }
      }
      #expect(try await shop.things() == 0)
    }

    @Test("a change that affects too few rows fails by its name, although nobody waits for it")
    func requirement() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        for (count, rows) in [(2, 2), (1, 2)] {
          let error = try await Self.failure(database) { work in
            work.sendRequirement(
              """
              INSERT INTO test.thing SELECT gen_random_uuid(), n FROM generate_series(1, \(count)::int) n RETURNING id
              """,
              rows: rows, "things")
          }
          #expect(error?.isUnmet("things") == (count == rows ? nil : true))
          #expect(error?.isUnmet("other things") != true)
        }
      }
      #expect(try await shop.things() == 2)
    }

    private static func failure(_ database: Database, _ body: (Work) -> Void) async throws -> PostgresError? {
      do {
        try await database.work(as: .test) { work in body(work) }
        return nil
      } catch let error as PostgresError {
        return error
      }
    }

    @Test("rows are locked in the order of their ids")
    func lockedRows() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        let ids = (0..<10).map { _ in ID.made(at: .now) }
        for id in ids { try await database.work(as: .test) { try await $0.make(id) } }
        let wanted = ids.shuffled() + [.none, ids[0]]
        try await database.work(as: .test) { work in
          for strength in [RowLockStrength.update, .noKeyUpdate, .share] {
            let rows = try await work.lockRows(of: "test.thing", by: "id", wanted, reading: "id, n", strength)
            #expect(try rows.map { try $0.string("id") } == ids.map(\.description).sorted())
          }
          #expect(database.isConnectionHeld)
        }
      }
    }
  }
}

extension ShopTests.WorkTests {
  @Test("a checkout takes two round trips, and writes everything once")
  func checkout() async throws {
    let shop = try await TestShop.make(products: 0)
    let tables = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Benchmarks/peers/postgres/checkout-tables.sql")
    let script = try String(contentsOf: tables, encoding: .utf8)
    try await shop.run { database in
      try await database.runScript(script)
      for isContended in [false, true] {
        #expect(try await Checkout(vault: TestShop.vault, isContended: isContended).place(database) == 2)
      }
      let written = try await database.rows(
        """
        SELECT (SELECT count(*) FROM bench.purchase) AS purchases, (SELECT count(*) FROM bench.job) AS jobs,
               (SELECT count(*) FROM platform.event) AS events, (SELECT count(*) FROM audit.entry) AS entries,
               (SELECT count(*) FROM platform.request r WHERE r.response IS NOT NULL) AS responses
        """)[0]
      let counts = try ["purchases", "jobs", "events", "entries", "responses"].map { try written.int64($0) }
      #expect(counts == [2, 2, 4, 2, 2])
    }
  }
}
