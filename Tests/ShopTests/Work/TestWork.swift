import EventLoop
import InventoryAPI
import Platform
import Postgres
import Protobuf
import Testing

extension TestShop {
  /// A shop with an empty table that tests write to: test.thing, with the columns id and n.
  static func withThings() async throws -> TestShop {
    let shop = try await TestShop.make(products: 0)
    try await shop.run { database in
      try await database.transaction { transaction in
        try await transaction.execute("CREATE SCHEMA test")
        try await transaction.execute(
          "CREATE TABLE test.thing (id uuid CONSTRAINT thing_pkey PRIMARY KEY, n bigint NOT NULL DEFAULT 0)")
      }
    }
    return shop
  }

  /// How many things there are.
  func things() async throws -> Int64 { try await number { "SELECT count(*) AS n FROM test.thing" } }

  /// How many events are in the log.
  func events() async throws -> Int64 { try await number { "SELECT count(*) AS n FROM platform.event" } }
}

extension IdempotencyKey {
  /// The key of a request that nobody made.
  static func test(_ id: String, delta: Int64 = 1) throws -> IdempotencyKey {
    try IdempotencyKey(
      id: try #require(ID(id)),
      request: request(AdjustStockRequest.self) {
        $0.delta = delta
        $0.requestID = $0.text(id)
      }, from: .test)
  }
}

extension Database {
  /// Carries out a request whose response is a text.
  func answer(_ key: IdempotencyKey, _ body: (Work) async throws -> String) async throws -> String {
    let response = try await work(once: key, as: .test, in: Arena()) { work in
      let text = try await body(work)
      let response = AdjustStockResponse(in: work.arena)
      response.movementID = response.text(text)
      return response
    }
    return response.movementID.string
  }
}

extension Work {
  /// Makes a thing.
  func make(_ id: ID = .made(at: .now)) async throws {
    try await execute("INSERT INTO test.thing (id) VALUES (\(id))")
  }
}

/// Runs `body` so many times at once, in tasks of the database's loop.
func atOnce<R: Sendable>(
  _ count: Int, _ database: Database, _ body: @escaping @Sendable (Int, Database) async throws -> R
) -> [Task<R, any Error>] {
  let bound = LoopBound(database, on: database.loop)
  return (0..<count).map { index in
    Task(executorPreference: database.loop) { try await body(index, bound.value) }
  }
}
