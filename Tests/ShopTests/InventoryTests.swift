import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension TestNode {
  /// Adjusts stock under a request id, by default a new one.
  func adjust(
    _ variant: String, _ delta: Int64, reason: StockReason = .counted, note: String = "",
    id: String = TestID.next(), etag: String = ""
  ) async throws -> AdjustStockResponse {
    try await inventory.adjustStock(
      request(AdjustStockRequest.self) {
        $0.variantID = $0.text(variant)
        $0.delta = delta
        $0.reason = reason
        $0.note = $0.text(note)
        $0.requestID = $0.text(id)
        $0.etag = $0.text(etag)
      })
  }

  func stock(of variant: String) async throws -> Stock {
    let answer = try await inventory.getStock(
      request(GetStockRequest.self) { $0.variantIDs.append($0.text(variant)) })
    return try #require(answer.stocks.first)
  }

  func product(_ index: Int = 0) async throws -> Product {
    try await catalog.listProducts(request(ListProductsRequest.self)).products[index]
  }
}

/// Ids for requests.
enum TestID {
  static func next() -> String {
    func digits(_ count: Int) -> String {
      String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }
    return "\(digits(8))-\(digits(4))-7\(digits(3))-8\(digits(3))-\(digits(12))"
  }
}

extension ShopTests {
  @Suite struct InventoryTests {
    @Test func stockIsFoundByProductAndByVariants() async throws {
      try await TestShop.make().serve { nodes in
        let product = try await nodes[0].product()
        let ids = product.variants.map(\.id.string)
        let byProduct = try await nodes[0].inventory.getStock(
          request(GetStockRequest.self) { $0.productID = $0.text(product.id.string) })
        let byVariants = try await nodes[0].inventory.getStock(
          request(GetStockRequest.self) { asked in (ids + ids).forEach { asked.variantIDs.append(asked.text($0)) } })
        #expect(byProduct.description == byVariants.description)
        #expect(byProduct.stocks.map(\.variantID.string) == ids.sorted())
        #expect(byProduct.stocks.allSatisfy { $0.available == $0.onHand - $0.reserved && $0.productID == product.id })
      }
    }

    @Test func anAdjustmentChangesStockLedgerAndLogTogether() async throws {
      let shop = try await TestShop.make()
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let before = try await nodes[0].stock(of: variant)
        let answer = try await nodes[0].adjust(variant, 5, reason: .received, note: "a pallet")
        let after = try await nodes[0].stock(of: variant)
        #expect(answer.stock?.description == after.description)
        #expect(after.onHand == before.onHand + 5 && after.version == before.version + 1)
        let movement = answer.movementID.string
        let recorded = try await shop.number {
          """
          SELECT count(*) AS n
            FROM inventory.movement m, platform.event e
           WHERE m.id = \(movement)::uuid AND m.delta = 5 AND m.reason = 'received' AND m.note = 'a pallet'
             AND e.payload -> 'change' ->> 'movementId' = \(movement) AND e.key = m.variant_id
          """
        }
        #expect(recorded == 1)
      }
    }

    @Test func theSameRequestGetsTheFirstAnswer() async throws {
      try await TestShop.make().serve(nodes: 2) { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let id = TestID.next()
        let first = try await nodes[0].adjust(variant, 7, id: id)
        let again = try await nodes[1].adjust(variant, 7, id: id)
        #expect(first.description == again.description)
        let error = await failure { _ = try await nodes[0].adjust(variant, 8, id: id) }
        #expect(error?.code == .failedPrecondition)
        #expect(try await nodes[0].stock(of: variant).onHand == first.stock?.onHand)
      }
    }

    @Test func fiftyAtOnceWithOneRequestIDAreOneMovement() async throws {
      let shop = try await TestShop.make()
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let id = TestID.next()
        let answers = try await Self.atOnce(50) { try await nodes[$0 % 2].adjust(variant, 3, id: id).description }
        #expect(Set(answers).count == 1)
        let movements = try await shop.number {
          "SELECT count(*) AS n FROM inventory.movement WHERE request_id = \(id)::uuid"
        }
        #expect(movements == 1)
      }
    }

    @Test func ahundredTakersTakeWhatThereIsAndNoMore() async throws {
      let shop = try await TestShop.make()
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        try await shop.run { database in
          _ = try await database.execute("DELETE FROM inventory.reservation WHERE variant_id = \(variant)::uuid")
          _ = try await database.execute("UPDATE inventory.stock SET on_hand = 45 WHERE variant_id = \(variant)::uuid")
          try await database.reserve(5, of: variant)
          _ = try await database.execute("DELETE FROM inventory.movement WHERE variant_id = \(variant)::uuid")
          _ = try await database.execute(
            """
            INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, on_hand, version)
            SELECT variant_id, seller_id, 45, 'counted', 45, version
              FROM inventory.stock WHERE variant_id = \(variant)::uuid
            """)
        }
        let codes = try await Self.atOnce(100) { index in
          await failure { _ = try await nodes[index % 2].adjust(variant, -1) }?.code
        }
        #expect(codes.filter { $0 == nil }.count == 40)
        #expect(codes.filter { $0 == .failedPrecondition }.count == 60)
        let stock = try await nodes[0].stock(of: variant)
        #expect(stock.onHand == 5 && stock.reserved == 5 && stock.available == 0)
        let sum = try await shop.number {
          "SELECT sum(delta)::bigint AS n FROM inventory.movement WHERE variant_id = \(variant)::uuid"
        }
        #expect(sum == 5)
        let refused = await failure { _ = try await nodes[0].adjust(variant, -1) }
        #expect(
          refused?.details.contains {
            if case .preconditionFailure(let all) = $0 { all.first?.subject == variant } else { false }
          } == true)
      }
    }

    @Test func aChangeOfAnotherStateThanTheCallerKnowsIsRefused() async throws {
      try await TestShop.make().serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let seen = try await nodes[0].stock(of: variant)
        let (id, etag) = (TestID.next(), seen.etag.string)
        let first = try await nodes[0].adjust(variant, 1, id: id, etag: etag)
        #expect(first.stock?.etag != seen.etag)
        let stale = await failure { _ = try await nodes[0].adjust(variant, 1, etag: etag) }
        #expect(stale?.code == .aborted)
        let present = first.stock?.etag.string ?? ""
        #expect(
          stale?.details.first
            == .errorInfo(reason: "ETAG_MISMATCH", domain: "fastshop", metadata: ["etag": present]))
        // A retry is no change: it gets the first answer although its etag is stale by now.
        #expect(try await nodes[0].adjust(variant, 1, id: id, etag: etag).description == first.description)
        #expect(try await nodes[0].adjust(variant, 1, etag: present).stock?.onHand == seen.onHand + 2)
        let wrong = await failure { _ = try await nodes[0].adjust(variant, 1, etag: "7") }
        #expect(wrong?.fields == ["etag"])
      }
    }

    static let badAdjustments: [(String, @Sendable (AdjustStockRequest) -> Void, [String])] = [
      ("no variant", { $0.variantID = "" }, ["variant_id"]),
      ("no UUID", { $0.variantID = "1" }, ["variant_id"]),
      ("nothing", { $0.delta = 0 }, ["delta"]),
      ("too much", { $0.delta = 1_000_000_001 }, ["delta"]),
      ("the least number", { $0.delta = .min }, ["delta"]),
      ("no reason", { $0.reason = .unspecified }, ["reason"]),
      ("unknown reason", { $0.reason = .unrecognized(77) }, ["reason"]),
      ("no request id", { $0.requestID = "" }, ["request_id"]),
      ("a long note", { $0.note = $0.text(String(repeating: "x", count: 501)) }, ["note"]),
      (
        "everything",
        {
          $0.variantID = "x"
          $0.delta = 0
          $0.reason = .unspecified
        }, ["variant_id", "delta", "reason"]
      ),
    ]

    @Test func whatIsWrongWithAnAdjustmentIsNamed() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        for (name, fill, fields) in Self.badAdjustments {
          let error = await failure {
            _ = try await nodes[0].inventory.adjustStock(
              request(AdjustStockRequest.self) {
                $0.variantID = "018cc251-f400-7ade-9e36-000000000000"
                $0.delta = 1
                $0.reason = .counted
                $0.requestID = "018cc251-f400-7ade-9e36-000000000000"
                fill($0)
              })
          }
          #expect(error?.code == .invalidArgument && error?.fields == fields, "\(name)")
        }
      }
    }

    @Test func whatDoesNotExistIsNotFound() async throws {
      let nowhere = "018cc251-f400-7ade-9e36-000000000000"
      try await TestShop.make(products: 3).serve { nodes in
        let adjusted = await failure { _ = try await nodes[0].adjust(nowhere, 1) }
        let found = await failure { _ = try await nodes[0].stock(of: nowhere) }
        for error in [adjusted, found] {
          #expect(error?.code == .notFound)
          #expect(
            error?.details.contains {
              if case .resourceInfo("fastshop.catalog.v1.Variant", nowhere, _) = $0 { true } else { false }
            } == true)
        }
      }
    }

    /// The outcomes of `count` calls that are under way together.
    static func atOnce<R: Sendable>(
      _ count: Int, _ body: @escaping @Sendable (Int) async throws -> R
    ) async throws -> [R] {
      try await withThrowingTaskGroup(of: R.self) { group in
        for index in 0..<count { group.addTask { try await body(index) } }
        var all: [R] = []
        for try await one in group { all.append(one) }
        return all
      }
    }
  }
}
