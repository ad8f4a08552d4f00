import EventLoop
import Eventually
import Platform
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Platform

extension ShopTests {
  @Suite struct ConsumerTests {
    @Test func eachEventHasItsEffectOnceOnOneOfTwoNodes() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...10)
      let nodes = [try await BackgroundServer(shop, node: "a"), try await BackgroundServer(shop, node: "b")]
      try await shop.append(11...100)
      try await shop.untilEffects(100)
      #expect(try await shop.number { "SELECT count(DISTINCT node) AS n FROM public.effect" } == 1)
      let status = try await shop.run { try await ConsumerStatus.all($0) }
      #expect(status.count == 1 && status[0].owner.contains("/") && status[0].parked == 0)
      for node in nodes { await node.stop() }
    }

    @Test func anotherNodeTakesOver() async throws {
      let shop = try await TestShop.withEffects()
      let first = try await BackgroundServer(shop, node: "a")
      try await shop.append(1...20)
      try await shop.untilEffects(20)
      let second = try await BackgroundServer(shop, node: "b")
      await first.stop()
      try await shop.append(21...40)
      try await shop.untilEffects(40)
      #expect(try await shop.number { "SELECT count(*) AS n FROM public.effect WHERE node = 'b'" } == 20)
      await second.stop()
    }

    /// It has taken the consumer, and stands still inside its transaction: Postgres ends that.
    @Test func aNodeThatIsFrozenInItsTransactionIsReplaced() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...5)
      let consumer = Consumer("test.effects", of: ["test"], from: .beginning) { _, _ in }
      let store = ConsumerStore(consumer: consumer, owner: "frozen")
      let (claimed, thaws) = (Gate(), Gate())
      async let frozen: PostgresError? = shop.run { database in
        try await store.register(at: 0, database)
        do {
          try await database.transaction { transaction in
            _ = try await store.claim(transaction)
            try await transaction.execute("INSERT INTO public.effect (n, node) VALUES (1, 'frozen')")
            claimed.open()
            await thaws.wait()
            store.move(to: 5, transaction)
          }
          return nil
        } catch {
          return error as? PostgresError
        }
      }
      await claimed.wait()
      let node = try await BackgroundServer(shop, node: "b")
      try await shop.untilEffects(5)
      thaws.open()
      #expect(try await frozen != nil)
      #expect(try await shop.number { "SELECT count(*) AS n FROM public.effect WHERE node = 'b'" } == 5)
      await node.stop()
    }

    /// More of them than one page goes through.
    @Test func eventsBetweenManyOthersAreFoundOnce() async throws {
      let shop = try await TestShop.withEffects()
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO platform.event (topic, key, type, subjects, payload)
          SELECT CASE WHEN n % 1000 = 0 THEN 'test' ELSE 'other' END, platform.uuid_v7(), 'x', '{}', to_jsonb(n)
            FROM generate_series(1, \(ConsumerStride.numbersMax * 2 + 1_500)) n
           ORDER BY n
          """)
      }
      let node = try await BackgroundServer(shop, node: "a")
      try await shop.untilEffects(11)
      try await eventually { try await shop.run { try await ConsumerStatus.all($0) }.map(\.behind) == [0] }
      #expect(try await shop.effects() == 11)
      await node.stop()
    }

    @Test(arguments: [
      ("full pages need no more numbers", [7, 7, 7], 7), ("others are between them", [3, 0], 28),
      ("half full", [4, 5, 6], 7), ("there are many others", Array(repeating: 0, count: 20), 5_000),
      ("and then few", [0, 0, 0, 7, 7], 14),
    ])
    func aPageGoesThroughSoManyNumbers(_ what: String, events: [Int], numbers: Int) {
      var stride = ConsumerStride(eventsMax: 7)
      for count in events { stride.read(events: count) }
      #expect(stride.numbers == numbers)
    }

    /// One to the events, one to the end.
    @Test func aBatchTakesTwoRoundTrips() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...3)
      let roundTrips = Mutex<[Int]>([])
      let consumer = Consumer("test.effects", of: ["test"], from: .beginning) { events, work in
        work.afterCommit { roundTrips.withLock { $0.append(work.transaction.roundTrips) } }
        for event in events {
          work.send("INSERT INTO public.effect (n, node) VALUES (\(event.payload)::bigint, 'a')")
        }
      }
      let node = try await BackgroundServer(shop.url, consumers: [consumer], node: "a")
      try await shop.untilEffects(3)
      try await eventually { roundTrips.withLock { $0 } == [2] }
      await node.stop()
    }

    @Test func `a consumer whose row was deleted is registered again`() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...5)
      let node = try await BackgroundServer(shop, node: "a")
      try await shop.untilEffects(5)
      try await shop.run { database in
        try await database.transaction { transaction in
          try await transaction.execute("DELETE FROM platform.consumer")
          try await transaction.execute("DELETE FROM public.effect")
        }
      }
      try await shop.untilEffects(5)
      await node.stop()
    }

    @Test func `a consumer stops while another one does not end`() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...1)
      let (isEntered, mayEnd) = (Gate(), Gate())
      let slow = Consumer("test.slow", of: ["test"], from: .beginning) { _, _ in
        isEntered.open()
        await Task.detached { await mayEnd.wait() }.value
      }
      let quick = Consumer("test.quick", of: ["test"], from: .beginning) { _, _ in }
      let node = try await BackgroundServer(shop.url, consumers: [slow, quick], node: "a")
      await isEntered.wait()
      try await shop.untilOwners(of: quick.name, are: 1)
      let stopping = Task { await node.stop() }
      try await shop.untilOwners(of: quick.name, are: 0)
      mayEnd.open()
      await stopping.value
    }

    @Test func `a consumer of a database that does not answer is not given back`() async throws {
      let shop = try await TestShop.withEffects()
      let node = try await BackgroundServer(shop, node: "a")
      try await shop.untilOwners(of: "test.effects", are: 1)
      await node.stop(isReleasing: false)
      #expect(try await shop.owners(of: "test.effects") == 1)
    }

    @Test func `an event says what happened, to what, and when`() async throws {
      let shop = try await TestShop.withEffects()
      try await shop.append(1...1)
      try await shop.run { database in
        let event = try #require(try await LogQueries.page(after: 0, upTo: .max, database).first)
        let row = try #require(
          try await database.rows("SELECT key, at FROM platform.event WHERE seq = \(event.header.seq)").first)
        #expect(event.type == "x")
        #expect(try event.key.description == row.string("key") && event.at == row.instant("at"))
      }
    }

    @Test func `a part of the server that hears of an event finds the new position`() async throws {
      let shop = try await TestShop.withEffects()
      let group = EventLoopGroup(count: 1)
      let configuration = DatabaseConfiguration(url: shop.url)
      try await group.connect(configuration)
      let hubs = Mutex<[EventHub]>([])
      let ahead = Mutex<[Int64]>([])
      let observer = EventObserver(topic: "test") { event in
        for hub in hubs.withLock({ $0 }) {
          let position = hub.position(on: group.loops[0]).cursor?.seq ?? 0
          ahead.withLock { $0.append(position - event.header.seq) }
        }
      }
      let hub = EventHub(
        group: group, feeds: [], observers: [observer], configuration: configuration, vault: TestShop.vault)
      hubs.withLock { $0 = [hub] }
      hub.start()
      var number = 0
      while ahead.withLock({ $0.isEmpty }) {
        number += 1
        try await shop.append(number...number)
      }
      await hub.stop()
      #expect(ahead.withLock { $0.allSatisfy { $0 >= 0 } })
      await group.disconnect()
      await Task.detached { group.shutdown() }.value
    }

    private static func claimed(_ store: ConsumerStore, _ database: Database) async throws -> Int64? {
      try await database.transaction { transaction in try await store.claim(transaction)?.seq }
    }

    @Test func onlyOneOfTwoProcessesCanHaveTheCursor() async throws {
      let shop = try await TestShop.withEffects()
      let consumer = Consumer("test.effects", of: ["test"]) { _, _ in }
      let (a, b) = (ConsumerStore(consumer: consumer, owner: "a"), ConsumerStore(consumer: consumer, owner: "b"))
      try await shop.run { database in
        try await a.register(at: 3, database)
        try await b.register(at: 9, database)
        try await database.transaction { mine in
          let seq = try await a.claim(mine)?.seq
          #expect(seq == 3)
          // The row is locked, the lease not yet visible.
          let other = try await Self.claimed(b, database)
          #expect(other == nil)
        }
        #expect(try await Self.claimed(b, database) == nil)
        #expect(try await Self.claimed(a, database) == 3)
        try await database.execute("UPDATE platform.consumer SET lease_until = now() - interval '1 second'")
        #expect(try await Self.claimed(b, database) == 3)
        // The database's clock was set back since.
        try await database.execute("UPDATE platform.consumer SET lease_until = now() + interval '1 year'")
        #expect(try await Self.claimed(a, database) == 3)
        try await a.release(database)
        #expect(try await Self.claimed(b, database) == 3)
      }
    }
  }
}
