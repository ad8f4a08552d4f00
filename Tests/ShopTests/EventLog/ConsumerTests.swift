import EventLoop
import Platform
import Postgres
import Synchronization
import Testing

@testable import Platform

/// A server with one consumer of the topic "test", which writes each event's payload into `public.effect`.
private final class ConsumingNode: Sendable {
  private let group = EventLoopGroup(count: 2)
  private let hub: EventHub
  private let consumers: Consumers

  init(
    _ shop: TestShop, node: String, before: @escaping @Sendable (LoggedEvent) async throws -> Void = { _ in }
  ) async throws {
    let configuration = DatabaseConfiguration(url: shop.url)
    try await group.connect(configuration)
    let consumer = Consumer("test.effects", of: ["test"], from: .beginning, batchMax: 7) { events, transaction in
      for event in events {
        try await before(event)
        try await transaction.execute(
          "INSERT INTO public.effect (n, node) VALUES (\(event.payload)::bigint, \(node))")
      }
    }
    consumers = Consumers([consumer], on: group, node: node)
    hub = EventHub(
      group: group, feeds: [], observers: consumers.observers, configuration: configuration, vault: TestShop.vault)
    hub.start()
    consumers.start(hub)
  }

  func stop() async {
    await consumers.stop()
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

    private static func until(_ count: Int64, _ shop: TestShop) async throws {
      for _ in 0..<6_000 {
        if try await effects(shop) == count { return }
        try await Task.sleep(for: .milliseconds(10))
      }
      Issue.record("\(try await effects(shop)) effects instead of \(count)")
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
            try await store.move(to: 5, transaction)
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
      struct Poison: Error {}
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
