import CatalogAPI
import EventLoop
import InventoryAPI
import Protobuf
import RPC
import Testing

@testable import Catalog
@testable import Inventory
@testable import Platform
@testable import Postgres

extension TestNode {
  /// The hub reads the event log now and then: of so many tries, at least one is not disturbed.
  private static let tries = 5

  /// How many statements `body` makes the node run: BEGIN, COMMIT and the announcement of its events among them.
  func statements(_ body: () async throws -> Void) async throws -> Int {
    let loop = group.loops[0]
    func total() async throws -> Int {
      try await Task(executorPreference: loop) {
        while loop.announcer.isUnderWay { try await loop.sleep(for: .milliseconds(1)) }
        return try #require(loop.database).statistics.statements
      }.value
    }
    var fewest = Int.max
    for _ in 0..<Self.tries {
      let before = try await total()
      try await body()
      fewest = min(fewest, try await total() - before)
    }
    return fewest
  }
}

extension ShopTests {
  @Suite struct StatementTests {
    /// The number of statements of a call does not grow with the rows of its response.
    @Test func theNumberOfStatementsDoesNotDependOnTheNumberOfRows() async throws {
      try await TestShop.make(products: 300).serve(loops: 1) { nodes in
        let node = nodes[0]
        let product = try await node.product()
        let (id, category, variant) = (product.id.string, product.categoryID.string, product.variants[0].id.string)
        for size: Int32 in [1, 20, 250] {
          #expect(try await node.statements { try await Self.list(node) { $0.pageSize = size } } == 1)
          #expect(
            try await node.statements {
              try await Self.list(node) {
                $0.pageSize = size
                $0.categoryID = $0.text(category)
              }
            } == 1)
        }
        for count in [1, 100] {
          let quote = request(QuotePricesRequest.self) { asked in
            for _ in 0..<count {
              let line = asked.lines.appendNew()
              (line.variantID, line.quantity) = (line.text(variant), 12)
            }
          }
          #expect(try await node.statements { _ = try await node.prices.quotePrices(quote) } == 1)
        }
        let get = request(GetProductRequest.self) { $0.key = .id($0.text(id)) }
        #expect(try await node.statements { _ = try await node.catalog.getProduct(get) } == 1)
        #expect(try await Self.statementsOfPage(node) == [2, 1, 1])
        let tree = request(ListCategoriesRequest.self)
        #expect(try await node.statements { _ = try await node.catalog.listCategories(tree) } == 1)
        let stock = request(GetStockRequest.self) { $0.productID = $0.text(id) }
        #expect(try await node.statements { _ = try await node.inventory.getStock(stock) } == 1)
        for selection in 0..<WatchTests.selections.count {
          let bytes = try request(WatchInventoryRequest.self) { WatchTests.selections[selection].1($0, product) }
            .encoded()
          let asked = try await node.statements {
            let watcher = TestWatcher(node, copying: bytes)
            _ = try await watcher.state()
            await watcher.stop()
          }
          // A category is looked for before its stock is read.
          #expect(asked <= 3)
        }
        // The hub reads what a change has written to the log, on the same loop: it is not the call's.
        await node.hub.stop()
        let changeAndAnnouncement = 2
        #expect(try await node.statements { _ = try await node.adjust(variant, 1) } == changeAndAnnouncement)
      }
    }

    /// The hot statements and the index that each is meant to use.
    @Test func hotStatementsUseTheirIndexes() async throws {
      let shop = try await TestShop.make(products: 20_000)
      try await shop.createGenericPlan()
      let (category, seller, product, variant) = try await shop.run { database in
        let row = try #require(
          try await database.rows(
            """
            SELECT c.id AS category, p.seller_id AS seller, p.id AS product, s.variant_id AS variant
              FROM catalog.product p, catalog.category c, inventory.stock s
             WHERE c.path = 'home' AND s.product_id = p.id AND c.id <> p.id
             LIMIT 1
            """
          ).first)
        return (
          try row.string("category"), try row.string("seller"), try row.string("product"), try row.string("variant")
        )
      }
      let orders: [(ProductSort, String)] = [
        (.newest, "age"), (.priceAscending, "price"), (.priceDescending, "price"), (.rating, "rating"),
        (.popular, "sales"),
      ]
      for (sort, name) in orders {
        try await Self.expect(shop, "product_by_\(name)") { try Self.listed { $0.sort = sort } }
        try await Self.expect(shop, "shelf_by_\(name)") {
          try Self.listed {
            $0.sort = sort
            $0.categoryID = $0.text(category)
          }
        }
        try await Self.expect(shop, "product_of_seller_by_\(name)") {
          try Self.listed {
            $0.sort = sort
            $0.sellerID = $0.text(seller)
          }
        }
        try await Self.expect(shop, "product_of_brand_by_\(name)") {
          try Self.listed {
            $0.sort = sort
            $0.brand = "Holt"
          }
        }
      }
      try await Self.expect(shop, "product_pkey") {
        try ProductKey(request(GetProductRequest.self) { $0.key = .id($0.text(product)) }).versions
      }
      try await Self.expect(shop, "product_slug_key") {
        try ProductKey(request(GetProductRequest.self) { $0.key = .slug("a-slug") }).versions
      }
      try await Self.expect(shop, "product_pkey") {
        try ProductBatch(request(BatchGetProductsRequest.self) { $0.ids.append($0.text(product)) }).versions()
      }
      try await Self.expect(shop, "translation_pkey") {
        StoredTranslations.texts(of: [ID(product) ?? .none], in: [.english])
      }
      try await Self.expectIndexesOfUpserts(shop, seller: try #require(ID(seller)))
      try await Self.expectIndexesOfStock(shop, product: product, variant: variant)
      try await Self.expectIndexesOfPrices(shop, variant)
      try await Self.expectIndexesOfPages(shop, product: product, variant: variant)
      for (code, showsAll) in [("web", true), ("wholesale", false)] {
        let id = try await shop.run { try await $0.rows(ShopChannel.query(code)).first?.string("id") ?? "" }
        let channel = ShopChannel(id: try #require(ID(id)), showsAll: showsAll)
        try await Self.expectIndexesOfChannel(shop, channel, category: category, seller: seller, product: product)
      }
    }

    /// The statements of a product page, the second of which is the version of its product, whose message is kept, and
    /// of lists of one and of many of its offers.
    private static func statementsOfPage(_ node: TestNode) async throws -> [Int] {
      let id = ListValues().productPage
      let page = request(GetProductPageRequest.self) { $0.key = .id($0.text(id)) }
      let one = request(ListOffersRequest.self) { ($0.pageSize, $0.productPageID) = (1, $0.text(id)) }
      let many = request(ListOffersRequest.self) { ($0.pageSize, $0.productPageID) = (200, $0.text(id)) }
      return [
        try await node.statements { _ = try await node.catalog.getProductPage(page) },
        try await node.statements { _ = try await node.catalog.listOffers(one) },
        try await node.statements { _ = try await node.catalog.listOffers(many) },
      ]
    }

    /// A channel that shows all products reads the indexes of the whole shop; one that shows some has its own.
    private static func expectIndexesOfChannel(
      _ shop: TestShop, _ channel: ShopChannel, category: String, seller: String, product: String
    ) async throws {
      let signer = TestShop.vault.tokenSigner(for: "a list")
      let orders: [(ProductSort, String)] = [
        (.newest, "age"), (.priceAscending, "price"), (.priceDescending, "price"), (.rating, "rating"),
        (.popular, "sales"),
      ]
      let sources: [(String, @Sendable (ListProductsRequest) -> Void)] = [
        ("product", { _ in }), ("shelf", { $0.categoryID = $0.text(category) }),
        ("product_of_seller", { $0.sellerID = $0.text(seller) }), ("product_of_brand", { $0.brand = "Holt" }),
      ]
      for (sort, key) in orders {
        for (source, fill) in sources {
          let index = channel.showsAll ? "\(source)_by_\(key)_covering" : "channel_shelf_by_\(key)"
          try await expect(shop, "using \(index) ") {
            let asked = request(ListProductsRequest.self) {
              fill($0)
              $0.sort = sort
            }
            return channel.showsAll
              ? try ProductList(asked, in: .euro, signer, channel: channel).query
              : try ChannelProductList(asked, in: channel, .euro, signer).query
          }
        }
      }
      for index in ["product_pkey", "channel_listing_"] {
        try await expect(shop, index) {
          try ProductKey(request(GetProductRequest.self) { $0.key = .id($0.text(product)) })
            .query(ShopChannel.product, in: channel)
        }
        try await expect(shop, index) {
          try ProductBatch(request(BatchGetProductsRequest.self) { $0.ids.append($0.text(product)) })
            .versions(in: channel)
        }
      }
      try await expectIndexesOfPages(shop, in: channel, signer, product: product)
    }

    /// What is read of collections, product pages and quotes in a channel looks each listing up.
    private static func expectIndexesOfPages(
      _ shop: TestShop, in channel: ShopChannel, _ signer: TokenSigner, product: String
    ) async throws {
      let (collection, page) = (ListValues().collection, ListValues().productPage)
      for index in ["product_pkey", "channel_listing_"] {
        try await expect(shop, index) {
          let asked = request(ListCollectionProductsRequest.self) { $0.collectionID = $0.text(collection) }
          var list = try CollectionProductList(asked, signer)
          list.channel = channel
          return try #require(list.cachedQueries).versions
        }
        try await expect(shop, index) {
          var list = try OfferList(request(ListOffersRequest.self) { $0.productPageID = $0.text(page) }, signer)
          list.channel = channel
          return list.query
        }
        try await expect(shop, index) {
          try ProductPageKey(request(GetProductPageRequest.self) { $0.key = .productID($0.text(product)) })
            .query(in: channel)
        }
        try await expect(shop, index) {
          let asked = request(QuotePricesRequest.self) {
            let line = $0.lines.appendNew()
            (line.variantID, line.quantity) = (line.text(product), 1)
          }
          var quotation = try PriceQuotation(asked, for: .anonymous)
          quotation.channel = channel
          return quotation.query
        }
      }
    }

    /// Where staff have decided much.
    private static func expectIndexesOfPages(_ shop: TestShop, product: String, variant: String) async throws {
      _ = try await shop.run { database in
        try await database.execute(
          """
          WITH made AS (
            INSERT INTO catalog.product_page (id)
            SELECT platform.uuid_v7() FROM generate_series(1, 3000)
            RETURNING id
          )
          INSERT INTO catalog.page_placement (page_id, variant_id, is_joined)
          SELECT m.id, v.id, true
            FROM (SELECT id, row_number() OVER () AS number FROM made) m
            JOIN (SELECT id, row_number() OVER () AS number FROM catalog.variant WHERE gtin IS NULL) v USING (number)
          """)
        try await database.execute("ANALYZE catalog.product_page")
        try await database.execute("ANALYZE catalog.page_placement")
      }
      let page = ListValues().productPage
      let keys: [@Sendable (GetProductPageRequest) -> Void] = [
        { $0.key = .id($0.text(page)) }, { $0.key = .gtin("4000000000013") },
        { $0.key = .variantID($0.text(variant)) }, { $0.key = .productID($0.text(product)) },
      ]
      let indexes = [
        "variant_by_page_and_seller", "page_placement_pkey", "page_placement_of_variant", "product_page_pkey",
        "product_pkey", "stock_pkey", "price_scheduled", "price_present_key",
      ]
      for index in indexes {
        for key in keys {
          try await Self.expect(shop, index) { try ProductPageKey(request(GetProductPageRequest.self, key)).query() }
        }
        try await Self.expect(shop, index) {
          try OfferList(
            request(ListOffersRequest.self) { $0.productPageID = $0.text(page) },
            TestShop.vault.tokenSigner(for: "a list")
          ).query
        }
      }
    }

    private static func expectIndexesOfPrices(_ shop: TestShop, _ variant: String) async throws {
      for index in ["price_of_variant_by_end", "variant_pkey", "product_pkey"] {
        try await Self.expect(shop, index) {
          try PriceQuotation(
            request(QuotePricesRequest.self) {
              let line = $0.lines.appendNew()
              line.variantID = line.text(variant)
              line.quantity = 12
            }, for: .anonymous
          ).query
        }
      }
    }

    private static func expectIndexesOfUpserts(_ shop: TestShop, seller: ID) async throws {
      let names = (1...500).map { "demo-\($0)" }
      try await Self.expect(shop, "product_external_id_key") {
        "SELECT p.id \(UpsertTargets.products(names, of: seller, .every)) ORDER BY p.id FOR NO KEY UPDATE"
      }
      try await Self.expect(shop, "product_external_id_key") {
        let asked = request(ListManagedProductsRequest.self) {
          ($0.sellerID, $0.externalID) = ($0.text(seller.description), $0.text("demo-1"))
        }
        let signer = TestShop.vault.tokenSigner(for: "a list")
        return try ManagedProductList(asked, for: CallOrigin.test.caller, signer).query
      }
      try await Self.expect(shop, "product_slug_key") { UpsertTargets.owners(ofSlugs: names) }
      // One look-up by the key for each SKU, and not all variants of the seller.
      try await Self.expect(shop, "(sku = k.sku)") { UpsertTargets.variants(ofSKUs: names, of: seller) }
    }

    private static func expectIndexesOfStock(_ shop: TestShop, product: String, variant: String) async throws {
      try await Self.expect(shop, "stock_pkey") {
        try StockKey(request(GetStockRequest.self) { $0.variantIDs.append($0.text(variant)) })
          .query(StockVisibility(.anonymous))
      }
      try await Self.expect(shop, "stock_of_product") {
        try StockKey(request(GetStockRequest.self) { $0.productID = $0.text(product) })
          .query(StockVisibility(.anonymous))
      }
      try await Self.expect(shop, "stock_pkey") {
        try StockAdjustment(
          request(AdjustStockRequest.self) {
            $0.variantID = $0.text(variant)
            $0.delta = 1
            $0.reason = .counted
            $0.requestID = $0.text(variant)
          }, from: .test
        ).statement
      }
      for (statement, index) in [(\StockRulesChange.current, "stock_rules_pkey"), (\.update, "stock_pkey")] {
        try await Self.expect(shop, index) {
          try StockRulesChange(
            request(SetStockRulesRequest.self) {
              $0.variantID = $0.text(variant)
              $0.requestID = $0.text(variant)
            }, by: CallOrigin.test.caller
          )[keyPath: statement]
        }
      }
    }

    private static func list(_ node: TestNode, _ fill: (ListProductsRequest) -> Void) async throws {
      _ = try await node.catalog.listProducts(request(ListProductsRequest.self, fill))
    }

    private static func listed(_ fill: (ListProductsRequest) -> Void) throws -> Query {
      let signer = TestShop.vault.tokenSigner(for: "a list")
      let list = try ProductList(request(ListProductsRequest.self, fill), in: .euro, signer)
      return try #require(list.cachedQueries).versions
    }

    private static func expect(
      _ shop: TestShop, _ index: String, _ query: @escaping @Sendable () throws -> Query
    ) async throws {
      let plans = try await shop.run { database in
        let made = try query()
        var all = [try await database.rows("EXPLAIN (COSTS OFF) \(made)", access: .write)]
        if made.isPlannedOnce {
          let (sql, count) = (Query.sql(of: made.pieces), made.values.count)
          all.append(
            try await database.transaction { transaction in
              try await transaction.execute("SET LOCAL plan_cache_mode = force_generic_plan")
              return try await transaction.rows(
                "SELECT p AS \"QUERY PLAN\" FROM public.generic_plan(\(sql), \(count)::int) p", access: .write)
            })
        }
        return try all.map { rows in try rows.map { try $0.string("QUERY PLAN") }.joined(separator: "\n") }
      }
      for plan in plans {
        #expect(plan.contains(index), "\(plan)")
        for table in [
          "product", "shelf", "variant", "stock", "movement", "price r", "channel_listing", "channel_shelf",
        ] {
          #expect(!plan.contains("Seq Scan on \(table)"), "\(plan)")
        }
      }
    }
  }
}
