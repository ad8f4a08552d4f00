import CatalogAPI
import Platform
import Postgres
import Protobuf
import Testing

@testable import Catalog
@testable import Platform
@testable import Postgres

/// A product as a plain reading of the tables has it.
private struct ListedProduct: Sendable {
  let id: String
  let seller: String
  let brand: String
  let lineage: String
  let price: Int64
  /// What each order sorts by, as a number.
  let keys: [ProductSort: Int64]

  init(_ row: Row) throws {
    id = try row.string("id")
    seller = try row.string("seller_id")
    brand = try row.string("brand")
    lineage = try row.string("lineage")
    price = try row.int64("price_minor")
    keys = [
      .newest: -(try row.int64("age")), .priceAscending: price, .priceDescending: -price,
      .rating: -(try row.int64("rating_score")), .popular: -(try row.int64("units_sold")),
    ]
  }
}

extension ListedProduct {
  func comes(before other: ListedProduct, in sort: ProductSort) -> Bool {
    let (key, otherKey) = (keys[sort] ?? 0, other.keys[sort] ?? 0)
    if key != otherKey { return key < otherKey }
    return sort == .priceAscending ? id < other.id : id > other.id
  }
}

extension FilterSet {
  fileprivate func holds(_ product: ListedProduct) -> Bool {
    (category.map { product.lineage.contains($0) } ?? true) && (seller ?? product.seller) == product.seller
      && (brand ?? product.brand) == product.brand && (prices?.contains(product.price) ?? true)
  }
}

extension ShopTests {
  @Suite struct ProductFilterTests {
    /// The page is found near, or far away in either way.
    private static let bounds = [
      IndexWalk.Bounds.usual, IndexWalk.Bounds(walkedMax: 1, gatheredMax: 1_000),
      IndexWalk.Bounds(walkedMax: 9, gatheredMax: 5), IndexWalk.Bounds(walkedMax: 1, gatheredMax: 0),
    ]

    @Test("every set of filters in every order has the products that a plain reading has", arguments: bounds.indices)
    func allSets(_ bounds: Int) async throws {
      let shop = try await TestShop.make(products: 80)
      try await shop.run { database in
        let filters = try await Self.fill(database)
        let products = try await Self.products(database)
        for set in FilterSet.all(filters) {
          for sort in FilterSet.sorts {
            let expected = products.filter(set.holds).sorted { $0.comes(before: $1, in: sort) }.map(\.id)
            #expect(!expected.isEmpty, "\(set)")
            let found = try await Self.walk(database, set, sort, Self.bounds[bounds])
            #expect(found == expected, "\(set), \(sort)")
            let total = try await TotalSize.count(set.list(sort, Self.bounds[bounds]).rows, database)
            #expect(total.count == expected.count && total.isExact, "\(set), \(sort)")
          }
        }
      }
    }

    /// The seller of the filters stays; others are hidden and shown, and the pages are found in one way and another.
    @Test("while other sellers are hidden and shown, what stays is seen once and in order")
    func changes() async throws {
      let shop = try await TestShop.make(products: 80)
      try await shop.run { database in
        let filters = try await Self.fill(database)
        let seller = try #require(filters.seller)
        for set in FilterSet.all(filters) {
          for sort in FilterSet.sorts {
            var own = set
            own.seller = seller
            let staying = try await Self.walk(database, own, sort, .usual)
            let seen = try await Self.walk(database, set, sort, Self.bounds[2]) {
              try await database.execute(
                "UPDATE catalog.seller SET is_hidden = NOT is_hidden WHERE id <> \(seller)::uuid")
            }
            #expect(Set(seen).count == seen.count, "\(set), \(sort): twice")
            #expect(seen.filter(staying.contains) == staying, "\(set), \(sort): lost, or out of order")
          }
        }
      }
    }

    /// Most products with equal keys, of few brands and sellers; one seller is hidden.
    private static func fill(_ database: Database) async throws -> FilterSet {
      try await database.execute(
        """
        UPDATE catalog.product
           SET price_minor = 1000 + 100 * (units_sold % 7), units_sold = units_sold % 3, rating_count = 2,
               rating_sum = 4 + rating_sum % 3, published_at = date_trunc('month', published_at),
               brand = CASE WHEN units_sold % 5 < 3 THEN 'Holt' ELSE 'Birk' END,
               seller_id = ((SELECT array_agg(s.id ORDER BY s.id) FROM catalog.seller s))[1 + units_sold % 3]
        """)
      try await database.execute(
        """
        UPDATE catalog.seller SET is_hidden = true
         WHERE id = (SELECT s.id FROM catalog.seller s ORDER BY s.id OFFSET 2 LIMIT 1)
        """)
      _ = try await database.rows(
        "SELECT catalog.shelve_products(array_agg(id)) FROM catalog.product", access: .write)
      let rows = try await database.rows(
        """
        SELECT c.lineage[1] AS category, p.seller_id AS seller
          FROM catalog.product p
          JOIN catalog.category c ON c.id = p.category_id
          JOIN catalog.seller s ON s.id = p.seller_id
         WHERE NOT s.is_hidden AND p.brand = 'Holt' AND p.price_minor BETWEEN 1100 AND 1400
         GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1
        """)
      let row = try #require(rows.first)
      return FilterSet(
        category: try row.string("category"), seller: try row.string("seller"), brand: "Holt", prices: 1_100...1_400)
    }

    private static func products(_ database: Database) async throws -> [ListedProduct] {
      try await database.rows(
        """
        SELECT p.id, p.seller_id, p.brand, array_to_string(c.lineage, ' ') AS lineage, p.price_minor, p.rating_score,
               p.units_sold, extract(epoch FROM p.published_at)::bigint AS age
          FROM catalog.product p
          JOIN catalog.category c ON c.id = p.category_id
          JOIN catalog.seller s ON s.id = p.seller_id
         WHERE p.status = 'active' AND NOT s.is_hidden
         ORDER BY p.id
        """
      ).map { try ListedProduct($0) }
    }

    /// All ids of a list, by pages.
    private static func walk(
      _ database: Database, _ set: FilterSet, _ sort: ProductSort, _ bounds: IndexWalk.Bounds,
      between: () async throws -> Void = {}
    ) async throws -> [String] {
      var (found, token): ([String], String) = ([], "")
      repeat {
        let page = try await set.list(sort, size: 7, after: token, bounds).read(database, in: Arena())
        found += page.elements.map(\.id.string)
        token = page.nextPageToken.string
        if !token.isEmpty { try await between() }
      } while !token.isEmpty
      return found
    }
  }
}
