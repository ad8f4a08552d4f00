internal import InventoryAPI
package import Platform
package import Postgres
internal import Protobuf

/// A transaction of the checkout's kind: 8 statements over 6 tables, 3 rows locked in order, 2 events, an entry of the
/// audit log, a job, and a response that is stored. For the benchmark of the unit of work, and the test that counts its
/// round trips. Its tables are in Benchmarks/peers/postgres/checkout-tables.sql.
package struct Checkout: Sendable {
  /// How many carts, coupons and stocks there are.
  package static let rows: Int64 = 100_000
  private static let method = "bench.v1.Checkout/PlaceOrder"

  private let vault: Vault
  private let origin: CallOrigin
  private let isContended: Bool

  /// Reserved stock is at most what is on hand.
  private struct SoldOut: Error {}

  /// A job that sends a mail.
  private static let jobs = BufferedKind<ID>(.rows) { purchases in
    "INSERT INTO bench.job (kind, purchase_id) SELECT 'mail', unnest(\(purchases)::uuid[])"
  }

  /// - Parameter isContended: all want the same article, besides others.
  package init(vault: Vault, isContended: Bool = false) {
    self.vault = vault
    self.isContended = isContended
    origin = CallOrigin(
      caller: Caller(kind: .user, id: Self.id(1)), method: Self.method, peer: nil, vault: vault)
  }

  /// Places an order for three articles of a cart, or gets the response to the same request again.
  /// - Returns: the round trips that it took, with that of COMMIT.
  package func place(_ database: Database, as requestID: ID = .made(at: .now)) async throws -> Int {
    let arena = Arena()
    let request = AdjustStockRequest(in: arena)
    request.requestID = arena.text(requestID.description)
    let key = try IdempotencyKey(id: requestID, request: request, from: origin)
    let articles = [isContended ? Self.id(1) : Self.random, Self.random, Self.random]
    var transaction: Transaction?
    _ = try await database.work(
      once: key, as: .call(origin), in: arena,
      contending: isContended ? [ContentionKey("bench.stock", articles[0])] : []
    ) { work in
      transaction = work.transaction
      return try await place(requestID, articles, in: work)
    }
    return transaction?.roundTrips ?? 0
  }

  private func place(_ purchase: ID, _ articles: [ID], in work: Work) async throws -> AdjustStockResponse {
    let cart = Self.random
    let locked = work.send("SELECT version FROM bench.cart WHERE id = \(cart) FOR NO KEY UPDATE")
    let stocks = try await work.rows(
      "SELECT id, on_hand - reserved AS available, price FROM bench.stock WHERE id = ANY (\(articles)::uuid[])")
    guard try await locked.rows().count == 1, try stocks.allSatisfy({ try $0.int64("available") > 0 }) else {
      throw SoldOut()
    }
    let total = try stocks.reduce(0) { $0 + (try $1.int64("price")) }
    // From here on, nothing is waited for: the articles, which others want, are locked for the time of the statements.
    work.sendRowLocks(of: "bench.stock", by: "id", articles, reading: "id")
    work.sendRequirement(
      """
      UPDATE bench.stock SET reserved = reserved + 1 WHERE id = ANY (\(articles)::uuid[]) AND on_hand > reserved
      RETURNING id
      """, rows: stocks.count, "stock")
    work.send("INSERT INTO bench.purchase (id, cart_id, total) VALUES (\(purchase), \(cart), \(total))")
    work.send(
      """
      INSERT INTO bench.line (purchase_id, stock_id, quantity)
      SELECT DISTINCT \(purchase)::uuid, s, 1 FROM unnest(\(articles)::uuid[]) s
      """)
    work.send("INSERT INTO bench.reservation (purchase_id) VALUES (\(purchase))")
    work.send("UPDATE bench.coupon SET used = used + 1 WHERE id = \(Self.random)")
    work.send("UPDATE bench.cart SET version = version + 1 WHERE id = \(cart)")
    work.publish(NewEvent("bench.purchase", "placed", of: purchase, subjects: [cart], json: "{\"total\": \(total)}"))
    work.publish(NewEvent("bench.stock", "reserved", of: articles[0], subjects: [purchase], json: "{\"quantity\": 1}"))
    try work.audit("bench.purchase.place", on: "bench.v1.Purchase", purchase)
    work.atCommit(Self.jobs, purchase)
    let response = AdjustStockResponse(in: work.arena)
    response.movementID = work.arena.text(purchase.description)
    return response
  }

  private static var random: ID { id(.random(in: 1...rows)) }

  /// The same as the function `bench.id`.
  private static func id(_ number: Int64) -> ID {
    let digits = String(number, radix: 16)
    return ID("00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits) ?? .none
  }
}
