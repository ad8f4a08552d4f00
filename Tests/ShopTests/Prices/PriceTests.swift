import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog

extension ShopTests {
  @Suite struct PriceTests {
    private static let absent = "018cc251-f400-7ade-9e36-000000000000"

    /// What somebody of the shop of a product shows.
    private static func options(_ caller: TestCaller, of seller: String) -> CallOptions {
      var options = CallOptions()
      options.timeout = .seconds(20)
      options.metadata.add(TestAuthenticator.caller, caller.rawValue)
      options.metadata.add(TestAuthenticator.seller, seller)
      return options
    }

    @Test("each row has its outcome, one that is refused harms no other, and a batch sent twice changes nothing more")
    func outcomes() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let made = try await nodes[0].createCompleteProduct(colours: ["Oak", "Ash", "Elm", "Fir"])
        let ids = made.variants.map(\.id.string)
        let (oak, ash, elm, fir) = (ids[0], ids[1], ids[2], ids[3])
        let list = try await nodes[0].createPriceList(made.sellerID.string, ", \"channel\": \"web\"").id.string
        let foreign = try await Self.foreignList(shop, nodes[0], to: made.sellerID.string)
        let rows: [(TestPrice, String)] = [
          (TestPrice(variant: oak, amount: 90), "90"), (TestPrice(variant: ash, amount: 100), "100"),
          (TestPrice(variant: oak, amount: 80), "INVALID_FIELDS variant_id"),
          (TestPrice(variant: Self.absent, amount: 1), "RESOURCE_NOT_FOUND variant_id"),
          (TestPrice(variant: "x", amount: 1), "INVALID_FIELDS variant_id"),
          (TestPrice(variant: elm, amount: 0), "INVALID_FIELDS price.amount_minor"),
          (TestPrice(variant: elm, amount: 100_000_000_001, list: list), "INVALID_FIELDS price.amount_minor"),
          (TestPrice(variant: elm), "INVALID_FIELDS price"),
          (TestPrice(variant: fir, amount: 1, currency: "USD"), "INVALID_FIELDS price.currency"),
          (TestPrice(variant: fir, amount: 1, list: list, currency: "USD"), "CURRENCY_DIFFERS price.currency"),
          (TestPrice(variant: elm, amount: 1, quantity: 2), "INVALID_FIELDS quantity_min"),
          (TestPrice(variant: elm, amount: 1, list: list, quantity: -1), "INVALID_FIELDS quantity_min"),
          (TestPrice(variant: elm, amount: 1, list: Self.absent), "RESOURCE_NOT_FOUND price_list_id"),
          (TestPrice(variant: elm, amount: 2, list: foreign), "RESOURCE_NOT_FOUND price_list_id"),
          (TestPrice(variant: elm, list: list, quantity: 10), "RESOURCE_NOT_FOUND price"),
          (TestPrice(variant: oak, amount: 70, list: list, quantity: 10), "70"),
        ]
        let id = TestID.next()
        let first = try await nodes[0].setPrices(rows.map(\.0), id: id)
        #expect(first.map(\.summary) == rows.map(\.1))
        #expect(try await nodes[1].setPrices(rows.map(\.0), id: id).map(\.description) == first.map(\.description))
        #expect(try await nodes[0].priceHistory(oak) == [90, 70, 100])
        #expect(try await nodes[0].priceHistory(ash) == [100], "it was set already")
        let ended = try await nodes[0].setPrices([TestPrice(variant: oak, list: list, quantity: 10)])
        #expect(ended[0].price?.endTime != nil)
        #expect(try await nodes[0].draft(made.id.string).price?.amountMinor == 90)
        #expect(try await shop.events(of: made.id.string).last == "prices_changed")
        #expect(try await Self.records(shop) == ["end", "ended", "set", "set", "set", "set"])
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    /// A price list of another seller than this one.
    private static func foreignList(_ shop: TestShop, _ node: TestNode, to seller: String) async throws -> String {
      let other = try await shop.run { database in
        try await database.rows("SELECT id FROM catalog.seller WHERE id <> \(seller)::uuid LIMIT 1").first?.string("id")
      }
      return try await node.createPriceList(try #require(other), ", \"channel\": \"web\"").id.string
    }

    /// What the audit log and the event log have of prices.
    private static func records(_ shop: TestShop) async throws -> [String] {
      try await shop.run { database in
        try await database.rows(
          """
          SELECT split_part(a.action, '.', 3) AS name FROM audit.entry a WHERE a.action LIKE 'catalog.price.%'
           UNION ALL
          SELECT e.type FROM platform.event e WHERE e.topic = 'catalog.price'
           ORDER BY 1
          """
        ).map { try $0.string("name") }
      }
    }

    @Test("what is another shop's is not there, in the same words as what is absent, and nothing happens to it")
    func othersPrices() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let products = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let own = try #require(products.first)
        let other = try #require(products.first { $0.sellerID != own.sellerID })
        let (variant, options) = (other.variants[0].id.string, Self.options(.seller, of: own.sellerID.string))
        let tomorrow = Instant.now + .seconds(86_400)
        let scheduled = try await nodes[0].schedulePrices(
          [TestPrice(variant: variant, amount: 1)], from: tomorrow, until: tomorrow + .seconds(60))[0]
        let foreignPrice = try #require(scheduled.price).id.string
        let list = try await nodes[0].createPriceList(other.sellerID.string, ", \"channel\": \"web\"").id.string
        let ownVariant = own.variants[0].id.string
        func set(_ rows: [TestPrice]) async throws -> [PriceOutcome] {
          try await nodes[0].setPrices(rows, options: options)
        }
        let pairs: [([PriceOutcome], names: [String])] = [
          (
            try await set([TestPrice(variant: variant, amount: 1), TestPrice(variant: Self.absent, amount: 1)]),
            [variant, Self.absent]
          ),
          (
            try await set([
              TestPrice(variant: ownVariant, amount: 1, list: list),
              TestPrice(variant: ownVariant, amount: 1, list: Self.absent),
            ]), [list, Self.absent]
          ),
          (
            try await nodes[0].schedulePrices(
              [TestPrice(variant: variant, amount: 1), TestPrice(variant: Self.absent, amount: 1)], until: tomorrow,
              options: options), [variant, Self.absent]
          ),
          (
            try await nodes[0].cancelPrices([foreignPrice, Self.absent], options: options),
            [foreignPrice, Self.absent]
          ),
        ]
        for (outcomes, names) in pairs {
          let told = zip(outcomes, names).map { $0.description.replacing($1, with: "ID") }
          #expect(told.count == 2 && told[0] == told[1] && told[0].contains("RESOURCE_NOT_FOUND"), "\(told)")
        }
        #expect(try await nodes[0].priceHistory(variant).count == 1)
        #expect(try await nodes[0].cancelPrices([foreignPrice])[0].price != nil, "the others left it alone")
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    /// What would rewrite the history.
    private static let rewritings: [@Sendable () -> Query] = [
      { "UPDATE catalog.price SET price_minor = 1" }, { "UPDATE catalog.price SET currency = 'USD'" },
      { "UPDATE catalog.price SET starts_at = starts_at - interval '1 hour'" },
      { "UPDATE catalog.price SET ends_at = now() + interval '1 hour' WHERE ends_at < now()" },
      { "UPDATE catalog.price SET ends_at = greatest(starts_at, now() - interval '1 ms') WHERE ends_at = 'infinity'" },
      { "DELETE FROM catalog.price" }, { "DELETE FROM catalog.price_list" },
      { "UPDATE catalog.price_list SET starts_at = starts_at - interval '1 hour'" },
      { "UPDATE catalog.price_list SET segment = 'b2b'" },
      { "UPDATE catalog.price_list SET ends_at = greatest(starts_at, now() - interval '1 ms')" },
    ]

    @Test("the history has every price, also of a variant that is deleted, and nobody rewrites it")
    func history() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (oak, ash) = (made.variants[0].id.string, made.variants[1].id.string)
        _ = try await nodes[0].createPriceList(made.sellerID.string, ", \"channel\": \"web\"")
        _ = try await nodes[0].setPrices([TestPrice(variant: oak, amount: 90)])
        _ = try await nodes[0].updateVariant(oak, ", \"price\": {\"amount_minor\": 80, \"currency\": \"EUR\"}")
        #expect(try await nodes[0].priceHistory(oak) == [80, 90, 100])
        for rewriting in Self.rewritings {
          await #expect(throws: PostgresError.self) { try await shop.run { try await $0.execute(rewriting()) } }
        }
        _ = try await nodes[0].deleteVariant(ash)
        #expect(try await nodes[0].priceHistory(ash) == [100])
        #expect(try await nodes[0].quote(ash).summary == "RESOURCE_NOT_FOUND")
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    @Test("a statement that writes many variants records the prices that it changes, and no others")
    func manyVariants() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let node = nodes[0]
        let made = try await node.createCompleteProduct(colours: ["Oak", "Ash", "Elm", "Fir"])
        let (ids, product) = (made.variants.map(\.id.string), made.id.string)
        let list = try await node.createPriceList(made.sellerID.string, ", \"channel\": \"web\"").id.string
        _ = try await node.setPrices([TestPrice(variant: ids[0], amount: 70, list: list)])
        let tomorrow = Instant.now + .seconds(86_400)
        _ = try await node.schedulePrices(
          [TestPrice(variant: ids[1], amount: 60)], from: tomorrow, until: tomorrow + .seconds(60))
        _ = try await node.setPrices([TestPrice(variant: ids[3], amount: 90)])
        let changed = try await shop.run { database in
          try await database.execute(
            "UPDATE catalog.variant SET price_minor = 90, title = 'Any' WHERE product_id = \(product)::uuid")
        }
        #expect(changed == 4)
        #expect(try await node.priceHistory(ids[0]).sorted() == [70, 90, 100], "the price of the list is no own one")
        #expect(try await node.priceHistory(ids[1]) == [90, 100], "tomorrow is not history")
        #expect(try await node.priceHistory(ids[2]) == [90, 100])
        #expect(try await node.priceHistory(ids[3]) == [90, 100], "its price stays")
        let present = try await shop.number {
          """
          SELECT count(*) AS n
            FROM catalog.price r
           WHERE r.ends_at > now() AND r.variant_id IN (SELECT v.id FROM catalog.variant v
                                                         WHERE v.product_id = \(product)::uuid)
          """
        }
        #expect(present == 4 + 2, "those of the list and of tomorrow go on")
      }
    }

    @Test("prices that are set at once, in two ways on two servers, end in one, and none is missing in the history")
    func atOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (oak, ash) = (made.variants[0].id.string, made.variants[1].id.string)
        let list = try await nodes[0].createPriceList(made.sellerID.string, ", \"channel\": \"web\"").id.string
        let count = 12
        let tomorrow = Instant.now + .seconds(86_400)
        let scheduled = try await InventoryTests.atOnce(count) { index -> String in
          let amount = Int64(1_000 + index)
          if index % 3 == 0 {
            let price = ", \"price\": {\"amount_minor\": \(amount), \"currency\": \"EUR\"}"
            _ = try await nodes[index % 2].updateVariant(oak, price)
          } else {
            // In either order of the variants.
            let rows = [TestPrice(variant: oak, amount: amount), TestPrice(variant: ash, amount: amount)]
            _ = try await nodes[index % 2].setPrices(
              (index % 2 == 0 ? rows : rows.reversed()) + [TestPrice(variant: oak, amount: amount, list: list)])
          }
          return try await nodes[index % 2].schedulePrices(
            [TestPrice(variant: oak, amount: amount)], from: tomorrow, until: tomorrow + .seconds(60))[0].summary
        }
        #expect(scheduled.filter { $0 == "PRICE_SCHEDULED variant_id" }.count == count - 1, "\(scheduled)")
        let own = Set(try await nodes[0].priceHistory(oak))
        #expect(own == Set([100] + (0..<count).map { Int64(1_000 + $0) }))
        #expect(try await nodes[0].priceHistory(ash).count == 1 + count * 2 / 3)
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    @Test("a change waits for another one that has not ended, and follows it")
    func twoConnections() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].createCompleteProduct().variants[0].id.string
        let node = nodes[0]
        let waiting = try await shop.run { database in
          try await database.transaction { transaction in
            try await transaction.execute("UPDATE catalog.variant SET price_minor = 90 WHERE id = \(variant)::uuid")
            let waiting = Task { try await node.setPrices([TestPrice(variant: variant, amount: 80)]).map(\.summary) }
            // Until it waits for the row of the variant.
            var waiters: Int64 = 0
            while waiters == 0 {
              waiters =
                try await transaction.rows(
                  "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'", access: .write
                ).first?.int64("n") ?? 0
            }
            return waiting
          }
        }
        #expect(try await waiting.value == ["80"])
        #expect(try await nodes[0].priceHistory(variant) == [80, 90, 100])
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    @Test("the number of statements does not depend on the number of prices")
    func statements() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let node = nodes[0]
        await node.hub.stop()
        var counts: Set<[Int]> = []
        for size in [1, 60] {
          let made = try await node.createVariants(
            try await node.createProduct().id.string, [("Size", (1...size).map { "\($0) cm" })])
          let ids = made.variants.map(\.id.string)
          let list = try await node.createPriceList(made.sellerID.string, ", \"segment\": \"web-\(size)\"").id.string
          var amount: Int64 = 100
          let setting = try await node.statements {
            amount += 1
            _ = try await node.setPrices(
              ids.flatMap {
                [TestPrice(variant: $0, amount: amount), TestPrice(variant: $0, amount: amount, list: list)]
              })
          }
          var start = Instant.now + .seconds(1_000)
          let scheduling = try await node.statements {
            start = start + .seconds(60)
            _ = try await node.schedulePrices(
              ids.map { TestPrice(variant: $0, amount: 1) }, from: start, until: start + .seconds(60))
          }
          counts.insert([setting, scheduling])
        }
        #expect(counts.count == 1, "\(counts)")
      }
    }
  }
}
