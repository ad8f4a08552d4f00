import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension TestNode {
  /// Sets a variant's threshold.
  fileprivate func setThreshold(
    _ threshold: Int64, of variant: String, etag: String = ""
  ) async throws -> SetStockRulesResponse {
    try await inventory.setStockRules(
      request(SetStockRulesRequest.self) {
        $0.variantID = $0.text(variant)
        $0.lowStockThreshold = threshold
        $0.requestID = $0.text(TestID.next())
        $0.etag = $0.text(etag)
      })
  }

  fileprivate func lowStock() async throws -> [LowStock] {
    Array(try await inventory.listLowStock(request(ListLowStockRequest.self) { $0.pageSize = 250 }).lowStocks)
  }
}

extension ShopTests {
  @Suite struct StockRulesTests {
    private static let cases: [(String, threshold: Int64, onHand: Int64, reserved: Int64, isLow: Bool)] = [
      ("no threshold, nothing left", 0, 0, 0, false),
      ("nothing left", 1, 0, 0, true),
      ("fewer than the threshold", 5, 4, 0, true),
      ("as many as the threshold", 5, 5, 0, true),
      ("one more than the threshold", 5, 6, 0, false),
      ("too many of them reserved", 5, 9, 4, true),
      ("just enough beside those reserved", 5, 10, 4, false),
      ("the highest threshold", 1_000_000, 1_000_000, 0, true),
    ]

    @Test("a variant is low on stock while no more is available than its threshold, whichever changes")
    func lowStock() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        for (name, threshold, onHand, reserved, isLow) in Self.cases {
          try await Self.setStock(1_000_001, reserved: 0, of: variant, in: shop)
          let rules = try await nodes[0].setThreshold(threshold, of: variant).rules
          #expect(rules?.lowStockThreshold == threshold, "\(name)")
          #expect(try await !Self.isLow(variant, nodes[0]), "\(name): before")
          try await Self.setStock(onHand, reserved: reserved, of: variant, in: shop)
          #expect(try await Self.isLow(variant, nodes[0]) == isLow, "\(name): the stock changed")
          _ = try await nodes[0].setThreshold(0, of: variant)
          #expect(try await !Self.isLow(variant, nodes[0]), "\(name): no threshold")
          _ = try await nodes[0].setThreshold(threshold, of: variant)
          #expect(try await Self.isLow(variant, nodes[0]) == isLow, "\(name): the threshold changed")
        }
      }
    }

    @Test("rules that have changed since the caller looked are not set")
    func etags() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        _ = try await shop.run { try await $0.execute("DELETE FROM inventory.stock_rules") }
        let first = try await nodes[0].setThreshold(1_000_000, of: variant, etag: "v1")
        #expect(first.rules?.etag == "v2")
        let stale = await failure { _ = try await nodes[0].setThreshold(6, of: variant, etag: "v1") }
        #expect(stale?.code == .aborted)
        #expect(
          stale?.details.first == .errorInfo(reason: "ETAG_MISMATCH", domain: "fastshop", metadata: ["etag": "v2"]))
        let listed = try #require(try await nodes[0].lowStock().first)
        #expect(listed.rules?.description == first.rules?.description)
        #expect(try await listed.stock?.description == nodes[0].stock(of: variant).description)
        #expect(try await nodes[0].setThreshold(6, of: variant, etag: "v2").rules?.etag == "v3")
      }
    }

    @Test("rules and stock that change at once agree, and every audit entry has the state before")
    func concurrentChanges() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        _ = try await shop.run { try await $0.execute("DELETE FROM inventory.stock_rules") }
        try await Self.setStock(50, reserved: 0, of: variant, in: shop)
        _ = try await InventoryTests.atOnce(60) { index in
          if index.isMultiple(of: 3) {
            _ = try await nodes[index % 2].setThreshold(Int64(20 + index), of: variant)
          } else {
            _ = try await nodes[index % 2].adjust(variant, -1)
          }
        }
        let wrong = try await shop.number {
          """
          SELECT count(*) AS n
            FROM inventory.stock_rules r
            JOIN inventory.stock s ON s.variant_id = r.variant_id
           WHERE r.is_low <> inventory.is_low(s.on_hand - s.reserved - s.safety_stock, r.low_stock_threshold)
          """
        }
        #expect(wrong == 0)
        let states = try await shop.number {
          """
          SELECT count(DISTINCT before ->> 'etag') AS n
            FROM audit.entry
           WHERE action = 'inventory.stock_rules.set'
          """
        }
        #expect(states == 20)
      }
    }

    private static func isLow(_ variant: String, _ node: TestNode) async throws -> Bool {
      try await node.lowStock().contains { $0.stock?.variantID.string == variant }
    }

    private static func setStock(
      _ onHand: Int64, reserved: Int64, of variant: String, in shop: TestShop
    ) async throws {
      _ = try await shop.run { database in
        try await database.execute("DELETE FROM inventory.reservation WHERE variant_id = \(variant)::uuid")
        try await database.execute(
          "UPDATE inventory.stock SET on_hand = \(onHand) WHERE variant_id = \(variant)::uuid")
        try await database.reserve(reserved, of: variant)
      }
    }
  }
}
