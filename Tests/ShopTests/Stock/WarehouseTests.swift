import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension ShopTests {
  @Suite struct WarehouseTests {
    @Test("a seller has a default warehouse, and others until they are deleted")
    func lifeOfAWarehouse() async throws {
      try await TestShop.makeWithoutReservations().serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        #expect(try await Self.list(nodes[0], seller).map(\.id.string) == [seller])
        let id = try await nodes[0].newWarehouse(of: seller, "Outlet", priority: 7)
        let made = try #require(try await Self.list(nodes[0], seller).last)
        #expect(made.id.string == id && made.name == "Outlet" && made.priority == 7 && !made.isDefault)
        let changed = try await nodes[0].warehouses.updateWarehouse(
          request(UpdateWarehouseRequest.self) {
            let warehouse = Warehouse(in: $0.storage.arena)
            warehouse.id = $0.text(id)
            warehouse.name = "Shop"
            warehouse.etag = made.etag
            $0.warehouse = warehouse
            $0.requestID = $0.text(TestID.next())
          })
        #expect(changed.warehouse?.name == "Shop" && changed.warehouse?.priority == 7)
        _ = try await nodes[0].count(4, of: variant, in: id)
        #expect(await Self.delete(nodes[0], id)?.reason == "WAREHOUSE_NOT_EMPTY")
        #expect(await Self.delete(nodes[0], seller)?.reason == "WAREHOUSE_IS_DEFAULT")
        #expect(await Self.delete(nodes[0], id, etag: "v1")?.reason == "ETAG_MISMATCH")
        _ = try await nodes[0].transfer(4, of: [variant], from: id, to: seller)
        #expect(await Self.delete(nodes[0], id) == nil)
        #expect(await Self.delete(nodes[0], id)?.code == .notFound)
        #expect(await failure { _ = try await nodes[0].count(4, of: variant, in: id) }?.code == .notFound)
        #expect(try await Self.list(nodes[0], seller).map(\.id.string) == [seller])
      }
    }

    @Test("a seller has 50 warehouses at most, however many are created at once")
    func mostWarehouses() async throws {
      try await TestShop.makeWithoutReservations().serve(nodes: 2) { nodes in
        let seller = try await nodes[0].productOfSeveral().sellerID.string
        let codes = try await InventoryTests.atOnce(60) { index in
          await failure { _ = try await nodes[index % 2].newWarehouse(of: seller, "W \(index)") }?.code
        }
        #expect(codes.filter { $0 == nil }.count == WarehouseCreation.warehousesMax - 1)
        #expect(codes.filter { $0 == .resourceExhausted }.count == 11)
      }
    }

    @Test("stock is the sum of what is in the warehouses, in every answer and event")
    func sums() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        _ = try await nodes[0].count(7, of: variant)
        _ = try await nodes[0].count(5, of: variant, in: other)
        let adjusted = try await nodes[0].adjust(variant, 1)
        let stock = try await nodes[0].stock(of: variant)
        #expect(adjusted.stock?.description == stock.description)
        #expect(stock.onHand == 13 && Self.levels(stock) == [seller: 8, other: 5])
        let snapshot = try await Self.firstState(nodes[0], variant)
        #expect(snapshot == stock.description)
        let event = try await shop.run { database in
          try await database.rows(
            """
            SELECT payload::text AS payload FROM platform.event
             WHERE topic = 'inventory.stock' ORDER BY seq DESC LIMIT 1
            """
          ).first?.string("payload")
        }
        let told = try WatchInventoryResponse(json: try #require(event), in: Arena())
        guard case .change(let change) = told.event else { throw TestError.noChange }
        #expect(change.stock?.description == stock.description && change.warehouseID.string == seller)
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("an adjustment in a warehouse, and a count, are audited with reason, note and warehouse")
    func audit() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        _ = try await nodes[0].count(7, of: variant, in: other)
        _ = try await nodes[0].inventory.adjustStock(
          request(AdjustStockRequest.self) {
            $0.variantID = $0.text(variant)
            $0.warehouseID = $0.text(other)
            $0.delta = -2
            $0.reason = .damaged
            $0.note = $0.text("a leak")
            $0.requestID = $0.text(TestID.next())
          })
        let (counted, adjusted) = ("inventory.stock.set", "inventory.stock.adjust")
        let expected: [(action: String, reason: String, note: String, delta: Int64)] = [
          (counted, "counted", "", 7), (adjusted, "damaged", "a leak", -2),
        ]
        for (action, reason, note, delta) in expected {
          let found = try await shop.number {
            """
            SELECT count(*) AS n
              FROM audit.entry
             WHERE action = \(action) AND after ->> 'reason' = \(reason) AND after ->> 'note' = \(note)
               AND after ->> 'warehouseId' = \(other) AND (after ->> 'delta')::bigint = \(delta)
               AND (after ->> 'onHand')::bigint = (before ->> 'onHand')::bigint + \(delta)
            """
          }
          #expect(found == 1, "\(action)")
        }
      }
    }

    private enum TestError: Error { case noChange }

    private static func firstState(_ node: TestNode, _ variant: String) async throws -> String? {
      let responses = try await node.inventory.watchInventory(
        request(WatchInventoryRequest.self) {
          let list = VariantSelection(in: $0.storage.arena)
          list.variantIDs.append($0.text(variant))
          $0.selection = .variants(list)
        })
      for try await response in responses {
        guard case .state(let state) = response.event else { return nil }
        return state.stocks.first?.description
      }
      return nil
    }

    static func levels(_ stock: Stock) -> [String: Int64] {
      var levels: [String: Int64] = [:]
      for part in stock.warehouses { levels[part.warehouseID.string] = part.onHand }
      return levels
    }

    private static func list(_ node: TestNode, _ seller: String) async throws -> [Warehouse] {
      let response = try await node.warehouses.listWarehouses(
        request(ListWarehousesRequest.self) { $0.sellerID = $0.text(seller) })
      return Array(response.warehouses)
    }

    private static func delete(_ node: TestNode, _ id: String, etag: String = "") async -> RPCError? {
      await failure {
        _ = try await node.warehouses.deleteWarehouse(
          request(DeleteWarehouseRequest.self) {
            $0.warehouseID = $0.text(id)
            $0.etag = $0.text(etag)
            $0.requestID = $0.text(TestID.next())
          })
      }
    }
  }
}

extension RPCError {
  /// The reason of the error.
  var reason: String {
    for case .errorInfo(let reason, _, _) in details { return reason }
    return ""
  }
}
