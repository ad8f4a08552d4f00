import CatalogAPI
import EventLoop
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension TestShop {
  /// A shop in which nothing is reserved.
  static func makeWithoutReservations() async throws -> TestShop {
    let shop = try await make(products: 10)
    _ = try await shop.run { try await $0.execute("DELETE FROM inventory.reservation") }
    return shop
  }
}

extension TestNode {
  /// A product with several variants.
  func productOfSeveral() async throws -> Product {
    let products = try await catalog.listProducts(request(ListProductsRequest.self)).products
    return try #require(products.first { $0.variants.count > 1 })
  }

  var warehouses: WarehouseClient { WarehouseClient(channel) }

  /// Runs `body` in a unit of work on a connection of the node.
  func work<R: Sendable>(_ body: @escaping @Sendable (Work) async throws -> R) async throws -> R {
    let loop = group.loops[0]
    return try await Task(executorPreference: loop) {
      try await #require(loop.database).work(as: .test, body)
    }.value
  }

  /// Ends reservations whose time is over.
  func expireReservations() async throws {
    let loop = group.loops[0]
    _ = try await Task(executorPreference: loop) {
      try await ReservationUpkeep.expire(#require(loop.database))
    }.value
  }

  /// A new warehouse of a seller.
  func newWarehouse(of seller: String, _ name: String, priority: Int32 = 0) async throws -> String {
    let response = try await warehouses.createWarehouse(
      request(CreateWarehouseRequest.self) {
        $0.sellerID = $0.text(seller)
        $0.name = $0.text(name)
        $0.priority = priority
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.warehouse).id.string
  }

  /// Sets what is in a warehouse; in the default one if it is empty.
  func count(_ onHand: Int64, of variant: String, in warehouse: String = "") async throws -> SetStockResponse {
    try await inventory.setStock(
      request(SetStockRequest.self) {
        $0.variantID = $0.text(variant)
        $0.warehouseID = $0.text(warehouse)
        $0.onHand = onHand
        $0.requestID = $0.text(TestID.next())
      })
  }

  /// Moves stock between two warehouses.
  func transfer(
    _ quantity: Int64, of variants: [String], from: String, to: String
  ) async throws -> TransferStockResponse {
    try await inventory.transferStock(
      request(TransferStockRequest.self) {
        $0.fromWarehouseID = $0.text(from)
        $0.toWarehouseID = $0.text(to)
        for variant in variants {
          let line = $0.lines.appendNew()
          line.variantID = $0.text(variant)
          line.quantity = quantity
        }
        $0.requestID = $0.text(TestID.next())
      })
  }

  /// Reserves so many of a variant.
  func reserve(_ quantity: Int64, of variant: String, until: Instant = .now + .seconds(900)) async throws -> ID {
    let (reservation, variant) = (ID.made(at: .now), try #require(ID(variant)))
    try await work { work in
      try await InventoryModule.reserve([WantedStock(variant, quantity)], as: reservation, until: until, in: work)
    }
    return reservation
  }
}

extension Database {
  /// Reserves so many of a variant in the default warehouse, without asking whether they are there.
  func reserve(_ quantity: Int64, of variant: String) async throws {
    guard quantity > 0 else { return }
    try await execute(
      """
      INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, allocation,
                                         created_at, expires_at)
      SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, \(quantity), 'whole', now(),
             now() + interval '1 day'
        FROM inventory.stock s WHERE s.variant_id = \(variant)::uuid
      """)
  }
}

extension TestShop {
  /// Rows of stock that are not the sums of the ledger, of the reservations, or of the warehouses.
  func wrongStocks() async throws -> Int64 {
    try await number {
      """
      SELECT count(*) AS n
        FROM inventory.stock s
        LEFT JOIN LATERAL (
          SELECT coalesce(sum(m.delta), 0) AS all_of_it,
                 coalesce(sum(m.delta) FILTER (WHERE m.warehouse_id IS NOT NULL), 0) AS elsewhere
            FROM inventory.movement m WHERE m.variant_id = s.variant_id) m ON true
        LEFT JOIN LATERAL (
          SELECT coalesce(sum(r.quantity), 0) AS all_of_it,
                 coalesce(sum(r.quantity) FILTER (WHERE r.warehouse_id <> r.seller_id), 0) AS elsewhere
            FROM inventory.reservation r WHERE r.variant_id = s.variant_id AND r.state = 'open') r ON true
        LEFT JOIN LATERAL (
          SELECT coalesce(sum(w.on_hand), 0) AS on_hand, coalesce(sum(w.reserved), 0) AS reserved
            FROM inventory.warehouse_stock w WHERE w.variant_id = s.variant_id) w ON true
       WHERE (s.on_hand, s.elsewhere_on_hand, s.elsewhere_on_hand) <> (m.all_of_it, m.elsewhere, w.on_hand)
          OR (s.reserved, s.elsewhere_reserved, s.elsewhere_reserved) <> (r.all_of_it, r.elsewhere, w.reserved)
      """
    }
  }
}
