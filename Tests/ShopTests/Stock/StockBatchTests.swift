import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  @Suite struct StockBatchTests {
    /// A row: the variant, the warehouse, and what is added.
    private typealias BatchRow = (variant: String, warehouse: String, delta: Int64)

    private static let absent = "018cc251-f400-7ade-9e36-000000000000"

    @Test("each row has its outcome, one that is refused harms no other, and a batch sent twice changes nothing more")
    func outcomes() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (a, b) = (product.variants[0].id.string, product.variants[1].id.string)
        for variant in [a, b] { _ = try await nodes[0].count(10, of: variant) }
        let rows: [(BatchRow, String)] = [
          ((a, "", 5), "15"), ((Self.absent, "", 1), "RESOURCE_NOT_FOUND variant_id"),
          ((b, "", -11), "STOCK_TOO_LOW delta"), ((b, "", -10), "0"), ((a, "", -15), "0"), ((a, "", 2), "2"),
          (("x", "", 1), "INVALID_FIELDS variant_id"), ((a, "", 0), "INVALID_FIELDS delta"),
          ((a, Self.absent, 1), "RESOURCE_NOT_FOUND warehouse_id"), ((b, product.sellerID.string, 3), "3"),
        ]
        let id = TestID.next()
        let first = try await Self.adjust(nodes[0], rows.map(\.0), id)
        #expect(Self.texts(first) == rows.map(\.1))
        #expect(try await Self.adjust(nodes[1], rows.map(\.0), id).description == first.description)
        #expect(try await nodes[0].stock(of: a).onHand == 2)
        #expect(try await nodes[0].stock(of: b).onHand == 3)
        #expect(try await shop.wrongStocks() == 0)
        let audited = try await shop.number {
          """
          SELECT count(*) AS n
            FROM audit.entry
           WHERE action = 'inventory.stock.adjust' AND after ->> 'reason' = 'received' AND after ->> 'note' = 'a pallet'
             AND (after ->> 'onHand')::bigint - (before ->> 'onHand')::bigint = (after ->> 'delta')::bigint
          """
        }
        #expect(audited == 5, "each row that is made has its entry, with its reason and its note")
      }
    }

    @Test("whoever has locked the stock of one seller keeps no other seller waiting who names it")
    func foreignLocks() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let products = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let product = try #require(products.first)
        let other = try #require(products.first { $0.sellerID != product.sellerID })
        let (own, foreign) = (product.variants[0].id.string, other.variants[0].id.string)
        var options = CallOptions()
        options.timeout = .seconds(20)
        options.metadata.add(TestAuthenticator.caller, TestCaller.seller.rawValue)
        options.metadata.add(TestAuthenticator.seller, product.sellerID.string)
        let (node, asSeller) = (nodes[0], options)
        try await shop.run { database in
          try await database.transaction { transaction in
            try await transaction.execute(
              "SELECT FROM inventory.stock s WHERE s.variant_id = \(foreign)::uuid FOR UPDATE")
            let response = try await Self.adjust(
              node, [(foreign, "", 1), (own, "", 1)], TestID.next(), options: asSeller)
            let texts = Self.texts(response)
            #expect(texts[0] == "RESOURCE_NOT_FOUND variant_id" && Int(texts[1]) != nil, "\(texts)")
          }
        }
      }
    }

    @Test("rows name variants by their seller's SKUs, and those of other sellers are not there")
    func skus() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let products = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let product = try #require(products.first)
        let other = try #require(products.first { $0.sellerID != product.sellerID })
        let (own, foreign) = (product.variants[0], other.variants[0])
        _ = try await nodes[0].count(10, of: own.id.string)
        let before = try await nodes[0].stock(of: foreign.id.string).version
        // The SKU, the variant's id, and what comes of it.
        let rows: [(sku: String, id: String, text: String)] = [
          (own.sku.string, "", "11"), ("", own.id.string, "12"), ("nobody's", "", "RESOURCE_NOT_FOUND sku"),
          (foreign.sku.string, "", "RESOURCE_NOT_FOUND sku"),
          (own.sku.string, own.id.string, "INVALID_FIELDS variant_id"), ("", "", "INVALID_FIELDS variant_id"),
        ]
        let response = try await nodes[0].inventory.batchAdjustStock(
          request(BatchAdjustStockRequest.self) {
            for (sku, id, _) in rows {
              let row = $0.adjustments.appendNew()
              row.sku = $0.text(sku)
              row.variantID = $0.text(id)
              row.delta = 1
              row.reason = .received
            }
            $0.sellerID = product.sellerID
            $0.requestID = $0.text(TestID.next())
          })
        #expect(Self.texts(response) == rows.map { $0.text })
        #expect(try await nodes[0].stock(of: foreign.id.string).version == before)
      }
    }

    @Test("a batch takes the same number of statements, however many rows it has")
    func statements() async throws {
      try await TestShop.make(products: 60).serve(loops: 1) { nodes in
        let variants = try await (0..<20).asyncMap { try await nodes[0].product($0).variants[0].id.string }
        // The hub reads what a batch has written to the log, on the same loop: it is not the call's.
        await nodes[0].hub.stop()
        var counts: [Int] = []
        for size in [2, 20] {
          counts.append(
            try await nodes[0].statements {
              _ = try await Self.adjust(nodes[0], variants.prefix(size).map { ($0, "", 1) }, TestID.next())
            })
        }
        #expect(counts[0] == counts[1])
      }
    }

    @Test("batches at once that name the same variants in different orders all end, and add up")
    func batchesAtOnce() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let variants = try await nodes[0].productOfSeveral().variants.map(\.id.string)
        for variant in variants { _ = try await nodes[0].count(100, of: variant) }
        _ = try await InventoryTests.atOnce(20) { index in
          let rows = (index.isMultiple(of: 2) ? variants : variants.reversed()).map { BatchRow($0, "", -2) }
          return try await Self.adjust(nodes[index % 2], rows, TestID.next()).outcomes.count
        }
        for variant in variants { #expect(try await nodes[0].stock(of: variant).onHand == 60) }
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    private static func adjust(
      _ node: TestNode, _ rows: [BatchRow], _ id: String, options: CallOptions = CallOptions()
    ) async throws -> BatchAdjustStockResponse {
      try await node.inventory.batchAdjustStock(
        request(BatchAdjustStockRequest.self) {
          for (variant, warehouse, delta) in rows {
            let row = $0.adjustments.appendNew()
            row.variantID = $0.text(variant)
            row.warehouseID = $0.text(warehouse)
            row.delta = delta
            row.reason = .received
            row.note = $0.text("a pallet")
          }
          $0.requestID = $0.text(id)
        }, options: options)
    }

    /// What is on hand after each row, or the reason and the field of its refusal.
    private static func texts(_ response: BatchAdjustStockResponse) -> [String] {
      response.outcomes.map { outcome in
        switch outcome.outcome {
        case .made(let made): "\(made.onHand)"
        case .refusal(let refusal): "\(refusal.reason) \(refusal.field)"
        case nil: ""
        }
      }
    }
  }
}

extension Sequence {
  /// The results of `body` for each element, one after another.
  fileprivate func asyncMap<R>(_ body: (Element) async throws -> R) async rethrows -> [R] {
    var results: [R] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
