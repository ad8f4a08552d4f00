import EventLoop
import Platform
import Postgres
import Synchronization
import Testing

@testable import Platform

/// A server with consumers of the topic "test".
private final class ConsumingNode: Sendable {
  private let group = EventLoopGroup(count: 2)
  private let hub: EventHub
  private let consumers: Consumers

  /// A server with one consumer, which writes each event's payload into `public.effect`.
  convenience init(
    _ shop: TestShop, node: String, before: @escaping @Sendable (LoggedEvent) async throws -> Void = { _ in }
  ) async throws {
    let consumer = Consumer("test.effects", of: ["test"], from: .beginning, batchMax: 7) { events, transaction in
      for event in events {
        try await before(event)
        try await transaction.execute(
          "INSERT INTO public.effect (n, node) VALUES (\(event.payload)::bigint, \(node))")
      }
    }
    try await self.init(shop, node: node, [consumer])
  }

  init(_ shop: TestShop, node: String, _ all: [Consumer]) async throws {
    let configuration = DatabaseConfiguration(url: shop.url)
    try await group.connect(configuration)
    consumers = Consumers(all, on: group, node: node)
    hub = EventHub(
      group: group, feeds: [], observers: consumers.observers, configuration: configuration, vault: TestShop.vault)
    hub.start()
    consumers.start(hub)
  }

  func stop(isReleasing: Bool = true) async {
    await consumers.stop(isReleasing: isReleasing)
    await hub.stop()
    await group.disconnect()
    await Task.detached { [group] in group.shutdown() }.value
  }
}

extension ShopTests {
  @Suite struct ConsumerTests {
    private static func shop() async throws -> TestShop {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.run {
        try await $0.execute("CREATE TABLE public.effect (n bigint PRIMARY KEY, node text NOT NULL)")
      }
      return shop
    }

    private static func write(_ numbers: ClosedRange<Int>, _ shop: TestShop) async throws {
      try await shop.run { database in
        for number in numbers {
          try await database.execute(
            """
            INSERT INTO platform.event (topic, key, type, subjects, payload)
            VALUES ('test', platform.uuid_v7(), 'x', '{}', to_jsonb(\(number)::int))
            """)
        }
      }
    }

    private static func effects(_ shop: TestShop) async throws -> Int64 {
      try await shop.number { "SELECT count(*) AS n FROM public.effect" }
    }

    /// Waits until so many servers own the consumer: 0 or 1.
    private static func untilOwners(of consumer: String, are count: Int64, _ shop: TestShop) async throws {
      for _ in 0..<6_000 {
        if try await owners(of: consumer, shop) == count { return }
        try await Task.sleep(for: .milliseconds(10))
      }
      Issue.record("\(consumer) has not \(count) owners")
    }

    private static func owners(of consumer: String, _ shop: TestShop) async throws -> Int64 {
      try await shop.number {
        "SELECT count(*) AS n FROM platform.consumer WHERE name = \(consumer) AND owner <> ''"
      }
    }

    private static func until(_ count: Int64, _ shop: TestShop) async throws {
      if try await !holds({ try await effects(shop) == count }) {
        Issue.record("\(try await effects(shop)) effects instead of \(count)")
      }
    }

    /// Whether `condition` comes to hold.
    private static func holds(_ condition: () async throws -> Bool) async throws -> Bool {
      for _ in 0..<6_000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
      }
      return false
    }

    @Test func eachEventHasItsEffectOnceOnOneOfTwoNodes() async throws {
      let shop = try await Self.shop()
      try await Self.write(1...10, shop)
      let nodes = [try await ConsumingNode(shop, node: "a"), try await ConsumingNode(shop, node: "b")]
      try await Self.write(11...100, shop)
      try await Self.until(100, shop)
      #expect(try await shop.number { "SELECT count(DISTINCT node) AS n FROM public.effect" } == 1)
      let status = try await shop.run { try await ConsumerStatus.all($0) }
      #expect(status.count == 1 && status[0].owner.contains("/") && status[0].parked == 0)
      for node in nodes { await node.stop() }
    }

    @Test func anotherNodeTakesOver() async throws {
      let shop = try await Self.shop()
      let first = try await ConsumingNode(shop, node: "a")
      try await Self.write(1...20, shop)
      try await Self.until(20, shop)
      let second = try await ConsumingNode(shop, node: "b")
      await first.stop()
      try await Self.write(21...40, shop)
      try await Self.until(40, shop)
      #expect(try await shop.number { "SELECT count(*) AS n FROM public.effect WHERE node = 'b'" } == 20)
      await second.stop()
    }

    /// It has taken the consumer, and stands still inside its transaction: Postgres ends that.
    @Test func aNodeThatIsFrozenInItsTransactionIsReplaced() async throws {
      let shop = try await Self.shop()
      try await Self.write(1...5, shop)
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
      let node = try await ConsumingNode(shop, node: "b")
      try await Self.until(5, shop)
      thaws.open()
      #expect(try await frozen != nil)
      #expect(try await shop.number { "SELECT count(*) AS n FROM public.effect WHERE node = 'b'" } == 5)
      await node.stop()
    }

    @Test func anEventThatAlwaysFailsIsParkedAndTheOthersGoOn() async throws {
      /// An error that is too long, for who counts scalars, and holds what the database does not store.
      struct Poison: Error, CustomStringConvertible {
        let description = "Poison\u{0} " + String(repeating: "e\u{301}", count: 1_000)
      }
      let shop = try await Self.shop()
      try await Self.write(1...20, shop)
      let tries = Mutex(0)
      let node = try await ConsumingNode(shop, node: "a") { event in
        guard event.payload == "12" else { return }
        tries.withLock { $0 += 1 }
        throw Poison()
      }
      try await Self.until(19, shop)
      try await Self.write(21...25, shop)
      try await Self.until(24, shop)
      #expect(tries.withLock { $0 } == ConsumerBackoff.attemptsMax + 1)  // once with others
      let parked: @Sendable () -> Query = {
        """
        SELECT count(*) AS n FROM platform.consumer_dead_letter
         WHERE consumer = 'test.effects' AND payload = '12' AND reason LIKE '%Poison%' AND attempts = 6
        """
      }
      #expect(try await shop.number(parked) == 1)
      await node.stop()
    }

    @Test func parkedEventsAreTriedOnceMoreWhenAnOperatorWantsIt() async throws {
      struct Poison: Error {}
      let shop = try await Self.shop()
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
      let node = try await ConsumingNode(shop, node: "a") { event in
        guard event.payload != "903" else { throw Poison() }
      }
      try await Self.until(2, shop)
      #expect(try await shop.number { "SELECT sum(n)::bigint AS n FROM public.effect" } == 901 + 904)
      let left = try await shop.run { try await ParkedEvent.list(of: "test.effects", limit: 10, $0) }
      #expect(left.map(\.seq) == [902, 903] && left.map(\.attempts) == [6, 1])
      #expect(left.first?.reason == "a fault" && left.last?.reason.contains("Poison") == true)
      try await Self.write(1...3, shop)
      try await Self.until(5, shop)
      #expect(try await shop.run { try await ParkedEvent.retry(of: "test.effects", seq: nil, $0) } == 2)
      try await Self.until(6, shop)
      #expect(
        try await Self.holds {
          try await shop.run { try await ParkedEvent.list(of: nil, limit: 10, $0) }.map(\.attempts) == [1]
        })
      await node.stop()
    }

    /// More of them than one page goes through.
    @Test func eventsBetweenManyOthersAreFoundOnce() async throws {
      let shop = try await Self.shop()
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO platform.event (topic, key, type, subjects, payload)
          SELECT CASE WHEN n % 1000 = 0 THEN 'test' ELSE 'other' END, platform.uuid_v7(), 'x', '{}', to_jsonb(n)
            FROM generate_series(1, \(ConsumerStride.numbersMax * 2 + 1_500)) n
           ORDER BY n
          """)
      }
      let node = try await ConsumingNode(shop, node: "a")
      try await Self.until(11, shop)
      #expect(
        try await Self.holds {
          try await shop.run { try await ConsumerStatus.all($0) }.map(\.behind) == [0]
        })
      #expect(try await Self.effects(shop) == 11)
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
      let shop = try await Self.shop()
      try await Self.write(1...3, shop)
      let roundTrips = Mutex<[Int]>([])
      let consumer = Consumer("test.effects", of: ["test"], from: .beginning) { events, work in
        work.afterCommit { roundTrips.withLock { $0.append(work.transaction.roundTrips) } }
        for event in events {
          work.send("INSERT INTO public.effect (n, node) VALUES (\(event.payload)::bigint, 'a')")
        }
      }
      let node = try await ConsumingNode(shop, node: "a", [consumer])
      try await Self.until(3, shop)
      #expect(try await Self.holds { roundTrips.withLock { $0 } == [2] })
      await node.stop()
    }

    @Test func `an event that waits for others too long is tried again until it does not`() async throws {
      let shop = try await Self.shop()
      try await Self.write(1...20, shop)
      let errors: [PostgresError] = [
        .lockNotAvailable, .statementTimeout, .deadlockDetected, .serializationFailure, .queryCancelled,
      ]
      let tries = Mutex(0)
      let node = try await ConsumingNode(shop, node: "a") { event in
        guard event.payload == "12" else { return }
        let before = tries.withLock { tries in
          defer { tries += 1 }
          return tries
        }
        if before < 4 * errors.count { throw errors[before % errors.count] }
      }
      try await Self.until(20, shop)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.consumer_dead_letter" } == 0)
      await node.stop()
    }

    @Test func `a consumer whose row was deleted is registered again`() async throws {
      let shop = try await Self.shop()
      try await Self.write(1...5, shop)
      let node = try await ConsumingNode(shop, node: "a")
      try await Self.until(5, shop)
      try await shop.run { database in
        try await database.transaction { transaction in
          try await transaction.execute("DELETE FROM platform.consumer")
          try await transaction.execute("DELETE FROM public.effect")
        }
      }
      try await Self.until(5, shop)
      await node.stop()
    }

    @Test func `a consumer stops while another one does not end`() async throws {
      let shop = try await Self.shop()
      try await Self.write(1...1, shop)
      let (isEntered, mayEnd) = (Gate(), Gate())
      let slow = Consumer("test.slow", of: ["test"], from: .beginning) { _, _ in
        isEntered.open()
        await Task.detached { await mayEnd.wait() }.value
      }
      let quick = Consumer("test.quick", of: ["test"], from: .beginning) { _, _ in }
      let node = try await ConsumingNode(shop, node: "a", [slow, quick])
      await isEntered.wait()
      try await Self.untilOwners(of: quick.name, are: 1, shop)
      let stopping = Task { await node.stop() }
      try await Self.untilOwners(of: quick.name, are: 0, shop)
      mayEnd.open()
      await stopping.value
    }

    @Test func `a consumer of a database that does not answer is not given back`() async throws {
      let shop = try await Self.shop()
      let node = try await ConsumingNode(shop, node: "a")
      try await Self.untilOwners(of: "test.effects", are: 1, shop)
      await node.stop(isReleasing: false)
      #expect(try await Self.owners(of: "test.effects", shop) == 1)
    }

    @Test func `an event says what happened, to what, and when`() async throws {
      let shop = try await Self.shop()
      try await Self.write(1...1, shop)
      try await shop.run { database in
        let event = try #require(try await LogQueries.page(after: 0, upTo: .max, database).first)
        let row = try #require(
          try await database.rows("SELECT key, at FROM platform.event WHERE seq = \(event.header.seq)").first)
        #expect(event.type == "x")
        #expect(try event.key.description == row.string("key") && event.at == row.instant("at"))
      }
    }

    @Test func `a part of the server that hears of an event finds the new position`() async throws {
      let shop = try await Self.shop()
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
        try await Self.write(number...number, shop)
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
      let shop = try await Self.shop()
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
