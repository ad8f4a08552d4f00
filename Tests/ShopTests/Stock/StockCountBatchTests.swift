import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  @Suite struct StockCountBatchTests {
    /// A row: the variant's id, its SKU, the warehouse, and what was counted.
    private typealias CountedRow = (variant: String, sku: String, warehouse: String, onHand: Int64)

    private static let absent = "018cc251-f400-7ade-9e36-000000000000"

    @Test("each count has its outcome, and the same counts sent with another request_id write nothing")
    func outcomes() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (first, second) = (product.variants[0], product.variants[1])
        let (a, b, seller) = (first.id.string, second.id.string, product.sellerID.string)
        for variant in [a, b] { _ = try await nodes[0].count(10, of: variant) }
        let movements = try await shop.movements()
        let rows: [(CountedRow, String)] = [
          ((a, "", "", 12), "12"), (("", second.sku.string, "", 10), "10 unchanged"),
          ((b, "", seller, 0), "0"), ((a, "", "", 12), "12 unchanged"), ((a, "", "", 7), "7"),
          ((Self.absent, "", "", 1), "RESOURCE_NOT_FOUND variant_id"),
          (("", "nobody's", "", 1), "RESOURCE_NOT_FOUND sku"), ((a, "", "", -1), "INVALID_FIELDS on_hand"),
          ((a, "", "", 1_000_000_001), "INVALID_FIELDS on_hand"),
          ((a, first.sku.string, "", 1), "INVALID_FIELDS variant_id"), (("", "", "", 1), "INVALID_FIELDS variant_id"),
          ((a, "", Self.absent, 7), "RESOURCE_NOT_FOUND warehouse_id"),
        ]
        let id = TestID.next()
        let made = try await Self.set(nodes[0], rows.map(\.0), seller, id)
        #expect(Self.texts(made) == rows.map(\.1))
        #expect(try await Self.set(nodes[0], rows.map(\.0), seller, id).description == made.description)
        #expect(try await nodes[0].stock(of: a).onHand == 7)
        #expect(try await nodes[0].stock(of: b).onHand == 0)
        #expect(try await shop.movements() == movements + 3)
        let last: [CountedRow] = [(a, "", "", 7), (b, "", "", 0)]
        #expect(Self.texts(try await Self.set(nodes[0], last, seller)) == ["7 unchanged", "0 unchanged"])
        #expect(try await shop.movements() == movements + 3)
        let audited = try await shop.number {
          """
          SELECT count(*) AS n
            FROM audit.entry
           WHERE action = 'inventory.stock.set' AND after ->> 'reason' = 'counted' AND after ->> 'note' = 'a count'
             AND (after ->> 'onHand')::bigint - (before ->> 'onHand')::bigint = (after ->> 'delta')::bigint
          """
        }
        #expect(audited == 3, "each count that changes something has its entry")
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("a count below what is reserved is refused alone, and SKUs of another seller are not there")
    func refusals() async throws {
      let shop = try await TestShop.make(products: 20)
      let reserved = try await shop.run { database in
        try await database.rows(
          """
          SELECT s.variant_id, s.seller_id
            FROM inventory.stock s
           WHERE s.reserved > s.elsewhere_reserved AND s.on_hand - s.elsewhere_on_hand >= s.reserved
           ORDER BY s.variant_id
           LIMIT 1
          """
        ).map { (variant: try $0.id("variant_id").description, seller: try $0.id("seller_id").description) }
      }
      let own = try #require(reserved.first)
      try await shop.serve { nodes in
        let products = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let foreign = try #require(products.first { $0.sellerID.string != own.seller }).variants[0]
        let before = try await nodes[0].stock(of: foreign.id.string).version
        let rows: [CountedRow] = [
          (own.variant, "", "", 0), ("", foreign.sku.string, "", 5), (own.variant, "", "", 900_000),
        ]
        let texts = Self.texts(try await Self.set(nodes[0], rows, own.seller))
        #expect(
          texts[0...1] == ["STOCK_TOO_LOW on_hand", "RESOURCE_NOT_FOUND sku"] && Int(texts[2]) != nil, "\(texts)")
        #expect(try await nodes[0].stock(of: foreign.id.string).version == before)
      }
    }

    @Test("a batch of counts takes the same number of statements, however many rows it has")
    func statements() async throws {
      try await TestShop.make(products: 60).serve(loops: 1) { nodes in
        var variants: [CountedRow] = []
        for index in 0..<20 {
          variants.append((try await nodes[0].product(index).variants[0].id.string, "", "", 2_000))
        }
        // The hub reads what a batch has written to the log, on the same loop: it is not the call's.
        await nodes[0].hub.stop()
        var counts: [Int] = []
        for part in [variants[0..<2], variants[2..<20]] {
          let rows = Array(part)
          counts.append(try await nodes[0].statements { _ = try await Self.set(nodes[0], rows, "") })
        }
        #expect(counts[0] == counts[1])
      }
    }

    private static func set(
      _ node: TestNode, _ rows: [CountedRow], _ seller: String, _ id: String = TestID.next()
    ) async throws -> BatchSetStockResponse {
      try await node.inventory.batchSetStock(
        request(BatchSetStockRequest.self) {
          for each in rows {
            let row = $0.counts.appendNew()
            (row.variantID, row.sku) = ($0.text(each.variant), $0.text(each.sku))
            row.warehouseID = $0.text(each.warehouse)
            (row.onHand, row.note) = (each.onHand, $0.text("a count"))
          }
          $0.sellerID = $0.text(seller)
          $0.requestID = $0.text(id)
        })
    }

    /// What is on hand after each row, and whether it was before, or the reason and the field of its refusal.
    private static func texts(_ response: BatchSetStockResponse) -> [String] {
      response.outcomes.map { outcome in
        switch outcome.outcome {
        case .made(let made): made.movementID.isEmpty ? "\(made.onHand) unchanged" : "\(made.onHand)"
        case .refusal(let refusal): "\(refusal.reason) \(refusal.field)"
        case nil: ""
        }
      }
    }
  }
}

extension TestShop {
  /// The number of entries of the ledger.
  fileprivate func movements() async throws -> Int64 {
    try await number { "SELECT count(*) AS n FROM inventory.movement" }
  }
}
