import Postgres
import Testing

@testable import DemoShop

@Suite struct DemoDataTests {
  @Test func theSameProductComesOutWhateverTheShopsSize() {
    let first = DemoProductMaker(tree: DemoTree())
    let second = DemoProductMaker(tree: DemoTree())
    for index in [0, 1, 77, 1_999, 999_999] {
      #expect(first.product(index).slug == second.product(index).slug)
      #expect(first.product(index).id == second.product(index).id)
    }
  }

  @Test func theUsualShopIsAsLargeAsItShouldBe() {
    let tree = DemoTree()
    let maker = DemoProductMaker(tree: tree)
    let products = (0..<DemoShop.productsUsual).map { maker.product($0) }
    #expect(DemoSeller.all.count == 12)
    #expect((55...70).contains(tree.nodes.count))
    #expect(tree.nodes.map(\.lineage.count).max() == 3)
    #expect(products.map(\.variants.count).reduce(0, +) >= 6_000)
    #expect(Set(products.map(\.slug)).count == products.count)
    #expect(Set(products.map(\.category.path)).count == tree.leaves.count)
    #expect(Set(products.map(\.seller.slug)).count == 12)
    let skus = products.flatMap { product in product.variants.map { "\(product.seller.slug) \($0.sku)" } }
    #expect(Set(skus).count == skus.count)
  }

  @Test func everyProductIsPlausible() {
    let maker = DemoProductMaker(tree: DemoTree())
    for index in 0..<5_000 {
      let product = maker.product(index)
      #expect((1...DemoProductMaker.variantsMax).contains(product.variants.count))
      #expect((1...DemoProductMaker.imagesMax).contains(product.images.count))
      #expect(product.variants.allSatisfy { $0.priceMinor > 0 && $0.onHand >= 0 && $0.options.count == 2 })
      #expect((product.ratingCount...product.ratingCount * 5).contains(product.ratingSum))
    }
  }

  @Test(arguments: [
    ("Over-Ear Headphones", "over-ear-headphones"), ("Chef's Knife", "chefs-knife"), ("Volta & Sons", "volta-sons"),
    ("  A  ", "a"), ("Books and Play", "books-and-play"),
  ])
  func slugsAreWhatAddressesTake(title: String, slug: String) {
    #expect(Slug.of(title) == slug)
  }

  @Test func copyEscapesWhatWouldEndAField() {
    var text = CopyText()
    text.field("a\tb\nc\\d\re")
    text.field(-5)
    text.null()
    text.endRow()
    text.field("é")
    text.endRow()
    #expect(String(decoding: text.bytes, as: UTF8.self) == "a\\tb\\nc\\\\d\\re\t-5\t\\N\né\n")
  }

  @Test(arguments: [0, -1, DemoShop.productsMax + 1])
  func aShopOfAnImpossibleSizeIsRefused(products: Int) {
    #expect(throws: DemoShopError.size(products)) { try DemoShop(products: products) }
  }
}

extension ShopTests {
  @Suite struct DemoShopTests {
    @Test func aFilledShopHoldsTogether() async throws {
      let shop = try await TestShop.make(products: 200)
      let rules: [(String, @Sendable () -> Query)] = [
        ("documents as the refresh would write them", { Self.staleDocuments }),
        ("ledger and stock", { Self.unbalancedStock }),
        ("price of the cheapest variant", { Self.wrongPrices }),
        ("what is on sale has an image", { Self.withoutImages }), ("shelves", { Self.wrongShelves }),
        ("counted categories", { Self.wrongCounts }),
      ]
      for (name, rule) in rules {
        #expect(try await shop.number(rule) == 0, "\(name)")
      }
      #expect(try await shop.wrongPrices() == 0)
      #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.product" } == 200)
    }

    @Test func fillingTwiceIsRefusedUnlessAskedFor() async throws {
      let shop = try await TestShop.make(products: 10)
      await #expect(throws: DemoShopError.notEmpty(products: 10)) {
        try await shop.run { try await DemoShop(products: 20).fill($0) }
      }
      #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.product" } == 10)
      try await shop.run { try await DemoShop(products: 20).fill($0, replacing: true) }
      #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.product" } == 20)
    }

    @Test func indexesConstraintsAndTriggersAreBackAfterwards() async throws {
      let bare = try await TestShop.make(products: 0)
      let full = try await TestShop.make(products: 10)
      #expect(try await Self.definitions(bare) == Self.definitions(full))
    }

    private static func definitions(_ shop: TestShop) async throws -> [String] {
      try await shop.run { database in
        try await database.rows(
          """
          SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS text
            FROM pg_constraint WHERE connamespace IN ('catalog'::regnamespace, 'inventory'::regnamespace)
           UNION ALL
          SELECT pg_get_indexdef(indexrelid)
            FROM pg_index JOIN pg_class c ON c.oid = indexrelid
           WHERE c.relnamespace IN ('catalog'::regnamespace, 'inventory'::regnamespace)
           UNION ALL
          SELECT tgrelid::regclass::text || ' ' || tgname || ' ' || tgenabled::text
            FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
           WHERE NOT tgisinternal AND c.relnamespace IN ('catalog'::regnamespace, 'inventory'::regnamespace)
           ORDER BY 1
          """
        ).map { try $0.string("text") }
      }
    }

    private static var withoutImages: Query {
      """
      SELECT count(*) AS n FROM catalog.product p
       WHERE p.status = 'active' AND NOT EXISTS (SELECT FROM catalog.image i WHERE i.product_id = p.id)
      """
    }

    private static var staleDocuments: Query {
      """
      WITH before AS MATERIALIZED (SELECT id, variants::jsonb AS variants, images::jsonb AS images FROM catalog.product)
      SELECT count(*) FILTER (WHERE b.variants <> v.document OR b.images <> i.document) AS n
        FROM before b,
             LATERAL (SELECT jsonb_agg(jsonb_build_object(
                               'id', v.id, 'sku', v.sku, 'title', v.title, 'options', v.options,
                               'price', jsonb_build_object('amountMinor', v.price_minor, 'currency', v.currency))
                               ORDER BY v.position) AS document
                        FROM catalog.variant v WHERE v.product_id = b.id) v,
             LATERAL (SELECT jsonb_agg(jsonb_build_object(
                               'id', i.id, 'url', i.url, 'alt', i.alt, 'width', i.width, 'height', i.height)
                               ORDER BY i.position) AS document
                        FROM catalog.image i WHERE i.product_id = b.id) i
      """
    }

    private static var unbalancedStock: Query {
      """
      SELECT count(*) AS n
        FROM inventory.stock s
       WHERE s.on_hand <> (SELECT coalesce(sum(m.delta), 0) FROM inventory.movement m WHERE m.variant_id = s.variant_id)
      """
    }

    private static var wrongPrices: Query {
      """
      SELECT count(*) AS n
        FROM catalog.product p
       WHERE p.price_minor <> (SELECT min(v.price_minor) FROM catalog.variant v WHERE v.product_id = p.id)
      """
    }

    private static var wrongShelves: Query {
      """
      WITH expected AS (
        SELECT a.id AS category_id, p.id AS product_id, p.price_minor, p.rating_score, p.units_sold, p.published_at
          FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id, unnest(c.lineage) a (id)
         WHERE p.status = 'active'
      ), present AS (
        SELECT category_id, product_id, price_minor, rating_score, units_sold, published_at FROM catalog.shelf
      )
      SELECT (SELECT count(*) FROM (TABLE expected EXCEPT TABLE present) a)
             + (SELECT count(*) FROM (TABLE present EXCEPT TABLE expected) b) AS n
      """
    }

    private static var wrongCounts: Query {
      """
      SELECT count(*) AS n
        FROM catalog.category c
       WHERE c.product_count <> (SELECT count(*) FROM catalog.shelf h WHERE h.category_id = c.id)
      """
    }
  }
}
