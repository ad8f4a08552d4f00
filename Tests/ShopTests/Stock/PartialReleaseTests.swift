import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension ShopTests {
  @Suite struct PartialReleaseTests {
    /// What is asked for, what is given back, what stays reserved, and how much of that was promised for later. Before,
    /// 9 are reserved, 2 of them for later.
    private static let steps: [(asked: Int64, given: Int64, reserved: Int64, later: Int64)] = [
      (1, 1, 8, 1), (2, 2, 6, 0), (0, 0, 6, 0), (-3, 0, 6, 0), (2, 2, 4, 0), (9, 4, 0, 0), (1, 0, 0, 0),
    ]

    @Test("a part of a line is given back, what was promised for later first, and never more than is held")
    func parts() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let variant = product.variants[0].id.string
        let other = try await nodes[0].newWarehouse(of: product.sellerID.string, "Outlet")
        _ = try await nodes[0].count(4, of: variant)
        _ = try await nodes[0].count(3, of: variant, in: other)
        try await Self.allowBackorders(nodes[0], variant)
        let reservation = try await nodes[0].reserve(9, of: variant)
        for step in Self.steps {
          let given = try await Self.release(step.asked, of: variant, from: reservation, nodes[0])
          #expect(given == step.given, "\(step)")
          #expect(try await nodes[0].stock(of: variant).reserved == step.reserved, "\(step)")
          let later = try await shop.number {
            """
            SELECT coalesce(sum(backordered), 0)::bigint AS n
              FROM inventory.reservation WHERE reservation_id = \(reservation) AND state = 'open'
            """
          }
          #expect(later == step.later, "\(step)")
          #expect(try await shop.wrongStocks() == 0, "\(step)")
        }
        #expect(try await nodes[0].stock(of: variant).onHand == 7)
      }
    }

    @Test("what is left of a line is sold, and nothing else of it is given back then")
    func sellTheRest() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let variant = product.variants[0].id.string
        let other = try await nodes[0].newWarehouse(of: product.sellerID.string, "Outlet")
        _ = try await nodes[0].count(2, of: variant)
        _ = try await nodes[0].count(3, of: variant, in: other)
        let reservation = try await nodes[0].reserve(5, of: variant)
        // All of what it holds in one of the warehouses, or more.
        #expect(try await Self.release(3, of: variant, from: reservation, nodes[0]) == 3)
        for _ in 0..<2 { try await nodes[0].work { try await InventoryModule.commit([reservation], in: $0) } }
        #expect(try await Self.release(2, of: variant, from: reservation, nodes[0]) == 0)
        let stock = try await nodes[0].stock(of: variant)
        #expect(stock.onHand == 3 && stock.reserved == 0)
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("parts that are released while the rest is released or sold are counted once")
    func racing() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(1_000, of: variant)
        for round in 0..<8 {
          let before = try await nodes[0].stock(of: variant).onHand
          let reservation = try await nodes[0].reserve(5, of: variant)
          let given = try await InventoryTests.atOnce(6) { index -> Int64 in
            if index < 5 { return try await Self.release(2, of: variant, from: reservation, nodes[index % 2]) }
            // Nothing may be left to sell.
            try? await nodes[round % 2].work { try await InventoryModule.commit([reservation], in: $0) }
            return 0
          }
          let stock = try await nodes[0].stock(of: variant)
          #expect(stock.reserved == 0 && stock.onHand == before - (5 - given.reduce(0, +)))
        }
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    private static func release(
      _ quantity: Int64, of variant: String, from reservation: ID, _ node: TestNode
    ) async throws -> Int64 {
      let id = try #require(ID(variant))
      return try await node.work { work in
        try await InventoryModule.release(quantity, of: id, from: reservation, in: work)
      }
    }

    private static func allowBackorders(_ node: TestNode, _ variant: String) async throws {
      _ = try await node.inventory.setStockRules(
        request(SetStockRulesRequest.self) {
          $0.variantID = $0.text(variant)
          $0.backorderLimit = 5
          $0.backorderTime = (.now + .seconds(86_400)).timestamp(in: $0.storage.arena)
          $0.requestID = $0.text(TestID.next())
        })
    }
  }
}
