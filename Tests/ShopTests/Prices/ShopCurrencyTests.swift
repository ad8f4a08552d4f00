import CatalogAPI
import Eventually
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog
@testable import Platform

extension ShopTests {
  @Suite struct ShopCurrencyTests {
    private static let yen = Currency("JPY") ?? .euro

    private static func establish(_ currency: Currency, in shop: TestShop) async throws {
      try await shop.run { try await ShopCurrency(currency).establish(in: $0) }
    }

    @Test("an own price in another currency is refused wherever it is written, and the field is named")
    func otherCurrencies() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (variant, hour) = (made.variants[0].id.string, Instant.now + .seconds(3_600))
        let dollars = TestPrice(variant: variant, amount: 7, currency: "USD")
        let price = ", \"price\": {\"amount_minor\": 7, \"currency\": \"USD\"}"
        let creation = await failure { _ = try await nodes[0].createVariants(made.id.string, [], currency: "USD") }
        #expect(creation?.code == .invalidArgument && creation?.fields == ["price.currency"])
        let update = await failure { _ = try await nodes[0].updateVariant(variant, price) }
        #expect(update?.reason == "INVALID_FIELDS" && update?.fields == ["variant.price.currency"])
        #expect(try await nodes[0].setPrices([dollars]).map(\.summary) == ["INVALID_FIELDS price.currency"])
        #expect(
          try await nodes[0].schedulePrices([dollars], until: hour).map(\.summary) == ["INVALID_FIELDS price.currency"])
        let row = "{\"external_id\": \"e\", \"title\": \"A\", \"category_id\": \"\(made.categoryID.string)\"}"
          .replacing("}", with: ", \"variants\": [{\"sku\": \"usd\"\(price)}]}")
        #expect(try await nodes[0].upsertProducts([row]) == ["INVALID_FIELDS variants[0].price.currency"])
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.variant WHERE currency <> 'EUR'" } == 0)
        #expect(try await nodes[0].priceHistory(variant) == [100])
      }
    }

    @Test(
      "products are ordered and filtered by amounts of the shop's currency, with 0, 2 and 3 decimals",
      arguments: [("JPY", "100000"), ("EUR", "1000.00"), ("KWD", "100.000")])
    func lists(code: String, shown: String) async throws {
      let currency = try #require(Currency(code))
      try await TestShop.make(products: 20, currency: code).serve(currency: currency) { nodes in
        func list(_ fill: (ListProductsRequest) -> Void) async throws -> [CatalogAPI.Product] {
          let request = request(ListProductsRequest.self) { $0.sort = .priceAscending }
          fill(request)
          return Array(try await nodes[0].catalog.listProducts(request).products)
        }
        let all = try await list { $0.pageSize = 250 }
        let prices = try all.map { try Platform.Money(try #require($0.price)) }
        #expect(prices.allSatisfy { $0.currency == currency })
        #expect(prices.map(\.minorUnits) == prices.map(\.minorUnits).sorted() && prices.count == 20)
        let limit = prices[10].minorUnits
        let cheap = try await list {
          ($0.maxPriceMinor, $0.currency) = (limit, $0.text(code))
        }
        #expect(cheap.count == prices.filter { $0.minorUnits <= limit }.count)
        let other = await failure {
          _ = try await list { ($0.minPriceMinor, $0.currency) = (1, $0.text(code == "EUR" ? "JPY" : "EUR")) }
        }
        #expect(other?.reason == "INVALID_FIELDS" && other?.fields == ["currency"])
        #expect(other?.message == "currency: Must be \(code), the currency of the shop.")
        let id = try await nodes[0].createProduct().id.string
        let made = try await nodes[0].createVariants(id, [], price: 100_000, currency: code)
        #expect(try Platform.Money(try #require(made.price)).description == "\(shown) \(code)")
        let dear = await failure {
          _ = try await nodes[0].createVariants(id, [("Size", ["S"])], price: 100_000_000_001, currency: code)
        }
        #expect(dear?.fields == ["price.amount_minor"], "the bound is one of minor units in every currency")
      }
    }

    @Test("a server starts only in the currency of the prices, and says how many are in others")
    func starts() async throws {
      let shop = try await TestShop.make(products: 3)
      try await Self.establish(.euro, in: shop)
      try await Self.establish(.euro, in: shop)
      let count = try await shop.number { "SELECT count(*) AS n FROM catalog.variant" }
      let error = await #expect(throws: ShopCurrencyError.self) { try await Self.establish(Self.yen, in: shop) }
      #expect(error?.prices.map(\.currency) == ["EUR"] && error?.prices.map(\.count) == [count])
      let says = try #require(error?.description)
      #expect(says.hasPrefix("the currency of the shop is JPY (FASTSHOP_CURRENCY), but \(count) prices are in others:"))
      #expect(says.contains("set FASTSHOP_CURRENCY=EUR"))
      try await Self.establish(.euro, in: shop)
    }

    @Test("a shop without prices takes another currency, and one of an earlier release is counted by currencies")
    func firstStarts() async throws {
      let empty = try await TestShop.make(products: 0)
      try await Self.establish(Self.yen, in: empty)
      try await Self.establish(.euro, in: empty)
      #expect(try await empty.number { "SELECT count(*) AS n FROM catalog.shop_currency WHERE code = 'EUR'" } == 1)
      let mixed = try await TestShop.make(products: 10)
      try await mixed.run { database in
        try await database.execute("DELETE FROM catalog.shop_currency")
        try await database.execute(
          """
          UPDATE catalog.variant SET currency = CASE WHEN position = 1 THEN 'USD' ELSE 'GBP' END
           WHERE product_id IN (SELECT id FROM catalog.product ORDER BY id LIMIT 5)
          """)
      }
      let error = await #expect(throws: ShopCurrencyError.self) { try await Self.establish(.euro, in: mixed) }
      let counted = try await mixed.run { database in
        try await database.rows(
          """
          SELECT currency, count(*) AS n FROM catalog.variant WHERE currency <> 'EUR' GROUP BY 1 ORDER BY 2 DESC, 1
          """
        ).map { "\(try $0.int64("n")) in \(try $0.string("currency"))" }
      }
      #expect(counted.count == 2 && error?.description.contains(counted.joined(separator: ", ")) == true)
      #expect(try await mixed.number { "SELECT count(*) AS n FROM catalog.shop_currency" } == 0)
    }

    @Test(
      "the database refuses other currencies, whoever writes variants",
      arguments: [
        { "UPDATE catalog.variant SET currency = 'USD', price_minor = 1" },
        {
          """
          INSERT INTO catalog.variant (product_id, seller_id, position, sku, price_minor, currency)
          SELECT id, seller_id, 400, 'other', 1, 'USD' FROM catalog.product LIMIT 1
          """
        },
      ] as [@Sendable () -> Query])
    func database(_ write: @escaping @Sendable () -> Query) async throws {
      let shop = try await TestShop.make(products: 3)
      let error = await #expect(throws: PostgresError.self) { try await shop.run { try await $0.execute(write()) } }
      #expect(error?.violates("catalog.variant_is_in_shop_currency") == true, "\(error as Any)")
    }
  }
}

extension ShopTests {
  @Suite struct PriceConversionTests {
    private static func conversion(_ from: String, _ to: String, _ rate: String) throws -> PriceConversion {
      let (from, to) = (try #require(Currency(from)), try #require(Currency(to)))
      let rate = try #require(Rate(decimal: rate))
      return try #require(PriceConversion(from: from, to: to, rate: rate))
    }

    private static func convert(_ shop: TestShop, _ conversion: PriceConversion) async throws -> Int {
      try await shop.run { try await conversion.run($0, byCommand: "test", vault: TestShop.vault) }
    }

    @Test("nothing is converted into the same currency, or at no rate", arguments: ["0", "-1"])
    func refusals(rate: String) throws {
      let yen = try #require(Currency("JPY"))
      let (none, one) = (try #require(Rate(decimal: rate)), try #require(Rate(decimal: "1")))
      #expect(PriceConversion(from: .euro, to: yen, rate: none) == nil)
      #expect(PriceConversion(from: yen, to: yen, rate: one) == nil)
    }

    @Test(
      "amounts have the decimals of the new currency, half a unit is rounded up, and no price becomes nothing",
      arguments: [
        ("EUR", "USD", "1.08", [(100, 108), (1, 1), (12_345, 13_333)]),
        ("EUR", "JPY", "160.5", [(100, 161), (1, 2), (33, 53)]), ("JPY", "EUR", "0.00615", [(1, 1), (1_000, 615)]),
        ("EUR", "KWD", "0.3345", [(100, 335), (1, 3)]), ("KWD", "JPY", "480", [(1, 1), (1_001, 480)]),
      ])
    func amounts(from: String, to: String, rate: String, amounts: [(Int64, Int64)]) async throws {
      let shop = try await TestShop.make(products: amounts.count, currency: from)
      let before = amounts.map(\.0)
      _ = try await shop.run { database in
        try await database.execute(
          """
          UPDATE catalog.variant v SET price_minor = n.price
            FROM (SELECT p.id, (\(before)::bigint[])[row_number() OVER (ORDER BY p.id)] AS price
                    FROM catalog.product p) n
           WHERE v.product_id = n.id
          """)
      }
      let count = try await shop.number { "SELECT count(*) AS n FROM catalog.variant" }
      #expect(try await Self.convert(shop, try Self.conversion(from, to, rate)) == Int(count))
      let after = try await shop.run { database in
        try await database.rows("SELECT p.price_minor, p.currency FROM catalog.product p ORDER BY p.id")
          .map { "\(try $0.int64("price_minor")) \(try $0.string("currency"))" }
      }
      #expect(after == amounts.map { "\($0.1) \(to)" })
      #expect(try await shop.wrongPrices() == 0)
    }

    @Test("a converted shop starts in its new currency, keeps its lists and its history, and is recorded")
    func wholeShops() async throws {
      let shop = try await TestShop.make(products: 3)
      let yen = try #require(Currency("JPY"))
      var ids: (product: String, variant: String) = ("", "")
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        ids = (try await nodes[0].publishProduct(made.id.string).id.string, made.variants[0].id.string)
        let list = try await nodes[0].createPriceList(made.sellerID.string, ", \"channel\": \"web\"").id.string
        _ = try await nodes[0].setPrices([TestPrice(variant: ids.variant, amount: 70, list: list)])
        let sale = TestPrice(variant: ids.variant, amount: 60)
        _ = try await nodes[0].schedulePrices([sale], until: Instant.now + .seconds(3_600))
      }
      _ = try await Self.convert(shop, try Self.conversion("EUR", "JPY", "160"))
      await #expect(throws: ShopCurrencyError.self) {
        try await shop.run { try await ShopCurrency(.euro).establish(in: $0) }
      }
      try await shop.run { try await ShopCurrency(yen).establish(in: $0) }
      try await shop.serve(currency: yen) { nodes in
        #expect(try await nodes[0].quote(ids.variant).summary == "160 JPY", "the scheduled price was cancelled")
        let web = ", \"channel\": \"web\", \"currency\": \"EUR\""
        #expect(try await nodes[0].quote(ids.variant, 1, web).summary == "70 EUR")
        #expect(try await nodes[0].priceHistory(ids.variant).contains(100))
        let key = request(GetProductRequest.self) { $0.key = .id($0.text(ids.product)) }
        let shown = try #require(try await nodes[0].catalog.getProduct(key).product)
        #expect(shown.price?.currency == "JPY" && shown.price?.amountMinor == 160)
      }
      #expect(try await shop.wrongPrices() == 0)
      #expect(try await shop.events(of: ids.product).last == "prices_changed")
      let audited = try await shop.number {
        "SELECT count(*) AS n FROM audit.entry WHERE action = 'catalog.product.convert_prices'"
      }
      #expect(audited == 4)
      #expect(try await Self.convert(shop, try Self.conversion("EUR", "JPY", "160")) == 0, "it was done already")
    }

    @Test("the prices in rules of collections are converted once, and what a server of the new currency writes stays")
    func rules() async throws {
      let shop = try await TestShop.make(products: 3)
      let yen = try #require(Currency("JPY"))
      try await shop.serve { nodes in
        try await nodes[0].createRule("both", "\"min_price_minor\": 1, \"max_price_minor\": 1999")
        try await nodes[0].createRule("high", "\"max_price_minor\": \"\(Int64.max)\"")
        try await nodes[0].createRule("none", "\"brand\": \"Holt\"")
      }
      _ = try await Self.convert(shop, try Self.conversion("EUR", "JPY", "160"))
      try await shop.run { try await ShopCurrency(yen).establish(in: $0) }
      try await shop.serve(currency: yen) { nodes in
        try await nodes[0].createRule("new", "\"min_price_minor\": 5")
      }
      _ = try await Self.convert(shop, try Self.conversion("EUR", "JPY", "160"))
      let expected = ["both 2 3198 2", "high - \(Int64.max) 2", "new 5 - 1", "none - - 1"]
      #expect(try await shop.rules() == expected)
      _ = try await Self.convert(shop, try Self.conversion("JPY", "EUR", "0.00625"))
      #expect(try await shop.rules() == ["both 1 1999 3", "high - 5764607523034234879 3", "new 3 - 2", "none - - 1"])
      let audited = try await shop.number {
        "SELECT count(*) AS n FROM audit.entry WHERE action = 'catalog.collection.convert_prices'"
      }
      #expect(audited == 7, "a collection of the demo shop has a rule with a price, too")
    }

    @Test("nothing is converted while a server is connected, and all of it once the servers have stopped")
    func connectedServers() async throws {
      let shop = try await TestShop.make(products: 3)
      let dollars = try Self.conversion("EUR", "USD", "1.5")
      try await shop.serve(nodes: 2) { nodes in
        _ = try await nodes[0].createProduct()
        func isFree() async throws -> Bool {
          try await shop.number {
            "SELECT pg_try_advisory_xact_lock(\(ServerPresence.key)::bigint)::int::bigint AS n"
          } == 1
        }
        try await eventually { try await !isFree() }
        let error = await #expect(throws: ServersConnected.self) { _ = try await Self.convert(shop, dollars) }
        #expect(error?.description.hasPrefix("a server is connected") == true)
      }
      #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.variant WHERE currency <> 'EUR'" } == 0)
      #expect(try await Self.convert(shop, dollars) > 0)
    }

    @Test("a conversion from a currency that no price is in says which there are, and changes nothing")
    func nothingToConvert() async throws {
      let shop = try await TestShop.make(products: 3, currency: "CHF")
      try await shop.run { try await ShopCurrency(#require(Currency("CHF"))).establish(in: $0) }
      let error = await #expect(throws: NothingToConvert.self) {
        _ = try await Self.convert(shop, try Self.conversion("EUR", "USD", "1.5"))
      }
      #expect(error?.description.hasSuffix("the prices are in CHF") == true)
      #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.shop_currency WHERE code = 'CHF'" } == 1)
    }

    @Test("a price that would be too high is refused before any is converted")
    func tooHigh() async throws {
      let shop = try await TestShop.make(products: 3)
      let error = await #expect(throws: PriceConversionError.self) {
        try await Self.convert(shop, try Self.conversion("EUR", "USD", "1000000000"))
      }
      #expect(error?.description.hasPrefix("the price of the variant ") == true)
      #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.variant WHERE currency <> 'EUR'" } == 0)
    }
  }
}

extension TestNode {
  /// A collection with the fields of a rule.
  fileprivate func createRule(_ title: String, _ fields: String) async throws {
    let json = """
      {"collection": {"title": "\(title)", "rule": {\(fields)}}, "request_id": "\(TestID.next())"}
      """
    _ = try await CollectionClient(channel).createCollection(try CreateCollectionRequest(json: json, in: Arena()))
  }
}

extension TestShop {
  /// The titles of the collections of a test, the prices in their rules, and their versions.
  fileprivate func rules() async throws -> [String] {
    try await run { database in
      try await database.rows(
        """
        SELECT concat_ws(' ', o.title, coalesce(o.rule ->> 'minPriceMinor', '-'),
                         coalesce(o.rule ->> 'maxPriceMinor', '-'), o.version) AS rule
          FROM catalog.collection o
         WHERE o.title IN ('both', 'high', 'none', 'new')
         ORDER BY o.title
        """
      ).map { try $0.string("rule") }
    }
  }
}
