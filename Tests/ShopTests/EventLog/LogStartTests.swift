import EventLoop
import Eventually
import Platform
import Postgres
import Synchronization
import Testing

/// Payloads of events, in the order in which they were heard.
final class HeardEvents: Sendable {
  private let payloads = Mutex<[String]>([])

  var all: [String] { payloads.withLock { $0 } }

  func add(_ payload: String) { payloads.withLock { $0.append(payload) } }

  /// Everything that was heard up to the event with this payload.
  func all(upTo last: String) async throws -> [String] {
    try await eventually { all.contains(last) }
    return all
  }
}

/// A hub on a loop of its own, and what its observer of the topic "test" hears.
private final class ObservingNode: Sendable {
  let heard = HeardEvents()
  private let group = EventLoopGroup(count: 1)
  private let hub: EventHub

  init(_ shop: TestShop) async throws {
    let configuration = DatabaseConfiguration(url: shop.url)
    try await group.connect(configuration)
    hub = EventHub(
      group: group, feeds: [], observers: [EventObserver(topic: "test") { [heard] in heard.add($0.payload) }],
      configuration: configuration, vault: TestShop.vault)
    hub.start()
    // It has begun when its loop has a position.
    try await eventually { await hasPosition }
  }

  private var hasPosition: Bool {
    get async {
      await Task(executorPreference: group.loops[0]) { [hub, group] in
        hub.position(on: group.loops[0]).cursor != nil
      }.value
    }
  }

  func stop() async {
    await hub.stop()
    await group.disconnect()
    await Task.detached { [group] in group.shutdown() }.value
  }
}

extension ShopTests {
  @Suite struct LogStartTests {
    private static func event(_ payload: Int) -> Query {
      """
      INSERT INTO platform.event (topic, key, type, subjects, payload)
      VALUES ('test', platform.uuid_v7(), 'x', '{}', to_jsonb(\(payload)::int))
      """
    }

    /// A log with numbers that were given out and never used.
    private static func logWithGaps() async throws -> TestShop {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        for number in 1...20 {
          try await database.execute(event(number))
          if number % 5 == 0 { _ = try await database.rows("SELECT nextval('platform.event_seq')", access: .write) }
        }
      }
      return shop
    }

    @Test func aServerThatStartsHearsNothingOld() async throws {
      let shop = try await Self.logWithGaps()
      let node = try await ObservingNode(shop)
      _ = try await shop.run { try await $0.execute(Self.event(100)) }
      #expect(try await node.heard.all(upTo: "100") == ["100"])
      await node.stop()
    }

    @Test func anEventThatIsOpenAtTheStartIsHeardOnceItCommits() async throws {
      let shop = try await Self.logWithGaps()
      let (written, mayCommit) = (Gate(), Gate())
      async let open: Void = shop.run { database in
        try await database.transaction { transaction in
          try await transaction.execute(Self.event(50))
          written.open()
          await mayCommit.wait()
        }
      }
      await written.wait()
      for number in 60..<70 { _ = try await shop.run { try await $0.execute(Self.event(number)) } }
      let node = try await ObservingNode(shop)
      mayCommit.open()
      try await open
      _ = try await shop.run { try await $0.execute(Self.event(100)) }
      #expect(try await node.heard.all(upTo: "100") == ["50", "100"])
      await node.stop()
    }
  }
}
