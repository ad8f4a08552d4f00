import Eventually
import Platform
import PlatformTesting
import Postgres

@testable import Platform

extension BackgroundServer {
  /// A server with one consumer of the topic "test", which writes each event's payload into `public.effect`.
  convenience init(
    _ shop: TestShop, node: String, contentionMax: Int? = nil,
    before: @escaping @Sendable (LoggedEvent) async throws -> Void = { _ in }
  ) async throws {
    var consumer = Consumer("test.effects", of: ["test"], from: .beginning, batchMax: 7) { events, transaction in
      for event in events {
        try await before(event)
        try await transaction.execute(
          "INSERT INTO public.effect (n, node) VALUES (\(event.payload)::bigint, \(node))")
      }
    }
    if let contentionMax { consumer.contentionMax = contentionMax }
    try await self.init(shop.url, consumers: [consumer], node: node)
  }
}

extension TestShop {
  /// An empty shop with the table `public.effect`.
  static func withEffects() async throws -> TestShop {
    let shop = try await TestShop.make(products: 0)
    _ = try await shop.run {
      try await $0.execute("CREATE TABLE public.effect (n bigint PRIMARY KEY, node text NOT NULL)")
    }
    return shop
  }

  /// Appends an event of the topic "test" for each number.
  func append(_ numbers: ClosedRange<Int>) async throws {
    try await run { database in
      for number in numbers {
        try await database.execute(
          """
          INSERT INTO platform.event (topic, key, type, subjects, payload)
          VALUES ('test', platform.uuid_v7(), 'x', '{}', to_jsonb(\(number)::int))
          """)
      }
    }
  }

  /// The number of effects.
  func effects() async throws -> Int64 { try await number { "SELECT count(*) AS n FROM public.effect" } }

  /// Waits until there are so many effects.
  func untilEffects(_ count: Int64) async throws { try await eventually { try await effects() == count } }

  /// The number of servers that own the consumer: 0 or 1.
  func owners(of consumer: String) async throws -> Int64 {
    try await number { "SELECT count(*) AS n FROM platform.consumer WHERE name = \(consumer) AND owner <> ''" }
  }

  /// Waits until so many servers own the consumer.
  func untilOwners(of consumer: String, are count: Int64) async throws {
    try await eventually { try await owners(of: consumer) == count }
  }
}
