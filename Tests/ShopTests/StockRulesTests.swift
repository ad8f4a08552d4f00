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
        $0.updateMask = $0.mask(["low_stock_threshold"])
        $0.requestID = $0.text(TestID.next())
        $0.etag = $0.text(etag)
      })
  }

  fileprivate func lowStock() async throws -> [LowStock] {
    Array(try await inventory.listLowStock(request(ListLowStockRequest.self) { $0.pageSize = 250 }).lowStocks)
  }
}

extension SetStockRulesRequest {
  /// A mask that names fields.
  func mask(_ paths: [String]) -> FieldMask {
    let mask = FieldMask(in: storage.arena)
    for path in paths { mask.paths.append(text(path)) }
    return mask
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

    /// What a request sets and names, and which rules follow: the threshold, the safety stock, the backorder limit, and
    /// whether there is a time for backorders. Before, all of them are set: 5, 2 and 3.
    private static let changes: [(String, set: [Int64?], time: Bool, mask: [String], then: [Int64]?, hasTime: Bool)] = [
      ("the threshold alone", [7, nil, nil], false, [], [7, 2, 3], true),
      ("the safety stock alone", [nil, 4, nil], false, [], [5, 4, 3], true),
      ("fewer backorders, at the same time", [nil, nil, 1], false, [], [5, 2, 1], true),
      ("nothing, as earlier clients clear the threshold", [nil, nil, nil], false, [], [0, 2, 3], true),
      ("to 0, by name", [nil, nil, nil], false, ["safety_stock"], [5, 0, 3], true),
      ("no backorders, whose time goes", [nil, nil, nil], false, ["backorder_limit"], [5, 2, 0], false),
      ("set, but not named", [7, 4, nil], false, ["safety_stock"], [5, 4, 3], true),
      ("everything", [1, nil, nil], false, ["*"], [1, 0, 0], false),
      ("no time for backorders", [nil, nil, nil], false, ["backorder_time"], nil, true),
      ("a time, and no backorders", [nil, nil, nil], true, ["backorder_limit", "backorder_time"], nil, true),
    ]

    @Test("a change leaves the rules alone that it does not name")
    func masks() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        for (name, set, time, mask, then, hasTime) in Self.changes {
          let first = try await Self.change(nodes[0], variant, [5, 2, 3], time: true, ["*"])
          #expect(first.lowStockThreshold == 5 && first.safetyStock == 2 && first.backorderLimit == 3, "\(name)")
          guard let then else {
            let refused = await failure { _ = try await Self.change(nodes[0], variant, set, time: time, mask) }
            #expect(refused?.code == .invalidArgument, "\(name)")
            continue
          }
          let rules = try await Self.change(nodes[0], variant, set, time: time, mask)
          #expect([rules.lowStockThreshold, rules.safetyStock, rules.backorderLimit] == then, "\(name)")
          #expect((rules.backorderTime != nil) == hasTime, "\(name)")
        }
      }
    }

    private static func change(
      _ node: TestNode, _ variant: String, _ set: [Int64?], time: Bool, _ mask: [String]
    ) async throws -> StockRules {
      let response = try await node.inventory.setStockRules(
        request(SetStockRulesRequest.self) {
          $0.variantID = $0.text(variant)
          $0.lowStockThreshold = set[0] ?? 0
          $0.safetyStock = set[1] ?? 0
          $0.backorderLimit = set[2] ?? 0
          if time { $0.backorderTime = (.now + .seconds(86_400)).timestamp(in: $0.storage.arena) }
          if !mask.isEmpty { $0.updateMask = $0.mask(mask) }
          $0.requestID = $0.text(TestID.next())
        })
      return try #require(response.rules)
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
