import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension ShopTests {
  @Suite struct StockLedgerTests {
    @Test("a count records the difference, and none where there is none")
    func counts() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(20, of: variant)
        let lower = try await nodes[0].count(12, of: variant)
        #expect(lower.stock?.onHand == 12)
        let same = try await nodes[0].count(12, of: variant)
        #expect(same.movementID.isEmpty && same.stock?.description == lower.stock?.description)
        let ledger = try await Self.movements(nodes[0], variant)
        #expect(ledger[0].id == lower.movementID && ledger[0].delta == -8 && ledger[0].reason == .counted)
        #expect(ledger[0].onHand == 12 && ledger[0].stockVersion == lower.stock?.version)
        _ = try await nodes[0].reserve(3, of: variant)
        let refused = await failure { _ = try await nodes[0].count(2, of: variant) }
        #expect(refused?.reason == "STOCK_TOO_LOW")
        #expect(try await nodes[0].count(3, of: variant).stock?.available == 0)
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("more than there may be of a variant is refused, with a reason, by every method that adds")
    func mostOnHand() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        let most = StockLevel.onHandMax
        _ = try await shop.run { database in
          try await database.execute(
            "UPDATE inventory.stock SET on_hand = \(most - 1) WHERE variant_id = \(variant)::uuid")
        }
        let refused = [
          await failure { _ = try await nodes[0].adjust(variant, 2) },
          await failure { _ = try await nodes[0].count(2, of: variant, in: other) },
        ]
        for error in refused { #expect(error?.code == .outOfRange && error?.reason == "STOCK_TOO_HIGH") }
        #expect(try await nodes[0].adjust(variant, 1).stock?.onHand == most)
        #expect(await failure { _ = try await nodes[0].adjust(variant, 1) }?.reason == "STOCK_TOO_HIGH")
        for (from, to) in [(seller, other), (other, seller)] {
          let moved = try await nodes[0].transfer(5, of: [variant], from: from, to: to)
          #expect(moved.stocks.map(\.onHand) == [most])
        }
        #expect(try await nodes[0].adjust(variant, -1).stock?.onHand == most - 1)
      }
    }

    @Test("each kind of change has its type of event")
    func eventTypes() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        _ = try await nodes[0].count(9, of: variant)
        _ = try await nodes[0].adjust(variant, 1)
        _ = try await nodes[0].transfer(1, of: [variant], from: seller, to: other)
        let sold = try await nodes[0].reserve(2, of: variant)
        let kept = try await nodes[0].reserve(1, of: variant)
        try await nodes[0].work { try await InventoryModule.commit([sold], in: $0) }
        try await nodes[0].work { _ = try await InventoryModule.release([kept], in: $0) }
        let types = try await shop.run { database in
          try await database.rows(
            "SELECT type FROM platform.event WHERE key = \(variant)::uuid ORDER BY seq"
          ).map { row throws(PostgresError) in try row.string("type") }
        }
        let sales = ["reserved", "reserved", "sold", "released"]
        #expect(types == ["adjusted", "adjusted", "transferred", "transferred"] + sales)
      }
    }

    @Test("a transfer is two movements of one request, and moves all of its lines or none")
    func transfers() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variants) = (product.sellerID.string, product.variants.map(\.id.string).sorted())
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        for variant in variants { _ = try await nodes[0].count(10, of: variant) }
        let moved = try await nodes[0].transfer(4, of: variants, from: seller, to: other)
        #expect(moved.stocks.map(\.variantID.string) == variants)
        #expect(moved.stocks.allSatisfy { $0.onHand == 10 && WarehouseTests.levels($0) == [seller: 6, other: 4] })
        let ledger = try await Self.movements(nodes[0], variants[0]).prefix(2)
        #expect(ledger.map(\.delta) == [4, -4] && ledger.map(\.warehouseID.string) == [other, seller])
        #expect(ledger.map(\.onHand) == [10, 6] && Set(ledger.map(\.requestID.string)).count == 1)
        _ = try await nodes[0].count(1, of: variants[0], in: other)
        let short = await failure { _ = try await nodes[0].transfer(2, of: variants, from: other, to: seller) }
        #expect(short?.reason == "STOCK_TOO_LOW" && Self.subjects(short) == [variants[0]])
        let sum = await failure {
          _ = try await nodes[0].transfer(3, of: [variants[1], variants[1]], from: seller, to: other)
        }
        #expect(sum == nil)
        #expect(try await WarehouseTests.levels(nodes[0].stock(of: variants[1])) == [other: 10, seller: 0])
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("transfers back and forth at once lose nothing, in whichever order they name the variants")
    func transfersAtOnce() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variants) = (product.sellerID.string, product.variants.map(\.id.string))
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        for variant in variants { _ = try await nodes[0].count(20, of: variant) }
        _ = try await nodes[0].transfer(10, of: variants, from: seller, to: other)
        let errors = try await InventoryTests.atOnce(40) { index in
          let lines = index.isMultiple(of: 3) ? variants : variants.reversed()
          let (from, to) = index.isMultiple(of: 2) ? (seller, other) : (other, seller)
          return await failure { _ = try await nodes[index % 2].transfer(1, of: lines, from: from, to: to) }?.code
        }
        #expect(errors.allSatisfy { $0 == nil || $0 == .failedPrecondition })
        for variant in variants { #expect(try await nodes[0].stock(of: variant).onHand == 20) }
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("the database itself refuses stock that is not the sum of its parts")
    func databaseGuards() async throws {
      let shop = try await TestShop.make(products: 3)
      let statements: [(String, ConstraintViolation.Kind, @Sendable () -> Query)] = [
        ("reserved without a reservation", .restrict, { "UPDATE inventory.stock SET reserved = reserved + 1" }),
        (
          "more elsewhere than there is", .restrict,
          { "UPDATE inventory.stock SET elsewhere_on_hand = elsewhere_on_hand + 1" }
        ),
        (
          "reserved from the beginning", .restrict,
          {
            """
            INSERT INTO inventory.stock (variant_id, product_id, seller_id, on_hand, reserved)
            SELECT platform.uuid_v7(), s.product_id, s.seller_id, 5, 1 FROM inventory.stock s LIMIT 1
            """
          }
        ),
        (
          "elsewhere from the beginning", .restrict,
          {
            """
            INSERT INTO inventory.stock (variant_id, product_id, seller_id, on_hand, elsewhere_on_hand)
            SELECT platform.uuid_v7(), s.product_id, s.seller_id, 5, 5 FROM inventory.stock s LIMIT 1
            """
          }
        ),
        (
          "reserved in another warehouse from the beginning", .restrict,
          {
            """
            INSERT INTO inventory.warehouse_stock (variant_id, warehouse_id, seller_id, on_hand, reserved)
            SELECT s.variant_id, platform.uuid_v7(), s.seller_id, 5, 1 FROM inventory.stock s LIMIT 1
            """
          }
        ),
        ("more than there may be", .check, { "UPDATE inventory.stock SET on_hand = 2000000000001" }),
        (
          "more reserved than there is", .check,
          {
            """
            INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity,
                                               allocation, created_at, expires_at)
            SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, s.on_hand - s.reserved + 1, 'whole',
                   now(), now()
              FROM inventory.stock s LIMIT 1
            """
          }
        ),
        (
          "reserved where nothing is", .restrict,
          {
            """
            INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity,
                                               allocation, created_at, expires_at)
            SELECT platform.uuid_v7(), s.variant_id, platform.uuid_v7(), s.seller_id, 1, 'whole', now(), now()
              FROM inventory.stock s LIMIT 1
            """
          }
        ),
      ]
      for (name, kind, statement) in statements {
        let error = await #expect(throws: PostgresError.self, "\(name)") {
          try await shop.run { _ = try await $0.execute(statement()) }
        }
        #expect(error?.violation?.kind == kind, "\(name)")
      }
      #expect(try await shop.wrongStocks() == 0)
    }

    static func subjects(_ error: RPCError?) -> [String] {
      for case .preconditionFailure(let violations) in error?.details ?? [] { return violations.map(\.subject) }
      return []
    }

    static func movements(_ node: TestNode, _ variant: String) async throws -> [Movement] {
      let response = try await node.inventory.listMovements(
        request(ListMovementsRequest.self) { $0.variantID = $0.text(variant) })
      return Array(response.movements)
    }
  }
}
