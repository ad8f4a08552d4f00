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

/// Filters of a list of products; nil where there is none.
private struct FilterSet: CustomStringConvertible {
  var category: String?
  var seller: String?
  var brand: String?
  var prices: ClosedRange<Int64>?

  /// Every set of these filters.
  static func all(_ whole: FilterSet) -> [FilterSet] {
    (0..<16).map { bits in
      var set = whole
      if bits & 1 == 0 { set.category = nil }
      if bits & 2 == 0 { set.seller = nil }
      if bits & 4 == 0 { set.brand = nil }
      if bits & 8 == 0 { set.prices = nil }
      return set
    }
  }

  var description: String {
    [category.map { _ in "category" }, seller.map { _ in "seller" }, brand, prices.map { "\($0)" }]
      .compactMap(\.self).joined(separator: ", ")
  }

  func holds(_ product: ListedProduct) -> Bool {
    (category.map(product.lineage.contains) ?? true) && (seller ?? product.seller) == product.seller
      && (brand ?? product.brand) == product.brand && (prices?.contains(product.price) ?? true)
  }

  func fill(_ request: ListProductsRequest) {
    if let category { request.categoryID = request.text(category) }
    if let seller { request.sellerID = request.text(seller) }
    if let brand { request.brand = request.text(brand) }
    if let prices { (request.minPriceMinor, request.maxPriceMinor) = (prices.lowerBound, prices.upperBound) }
  }

  func list(_ sort: ProductSort, size: Int32 = 20, after token: String = "", within rowsMax: Int) throws -> ProductList {
    let request = request(ListProductsRequest.self) {
      fill($0)
      ($0.sort, $0.pageSize, $0.pageToken, $0.withTotalSize) = (sort, size, $0.text(token), true)
    }
    return try ProductList(request, TestShop.vault.tokenSigner(for: "a list"), within: rowsMax)
  }
}

extension ShopTests {
  @Suite struct ProductFilterTests {
    private static let sorts: [ProductSort] = [.newest, .priceAscending, .priceDescending, .rating, .popular]

    /// A walk that looks at one row, at some, and at all of them: so the page is found far away, in both ways, or near.
    @Test("every set of filters in every order has the products that a plain reading has", arguments: [1, 9, 5_000])
    func allSets(rowsMax: Int) async throws {
      let shop = try await TestShop.make(products: 80)
      try await shop.run { database in
        let filters = try await Self.fill(database)
        let products = try await Self.products(database)
        for set in FilterSet.all(filters) {
          for sort in Self.sorts {
            let expected = products.filter(set.holds)
              .sorted { ($0.keys[sort] ?? 0, Self.place($0, sort)) < ($1.keys[sort] ?? 0, Self.place($1, sort)) }
              .map(\.id)
            #expect(!expected.isEmpty, "\(set)")
            let found = try await Self.walk(database, set, sort, within: rowsMax)
            #expect(found == expected, "\(set), \(sort), \(rowsMax)")
          }
        }
      }
    }

    @Test("while sellers are hidden and prices move, no page has a product twice or misses one that stays")
    func changes() async throws {
      let shop = try await TestShop.make(products: 80)
      try await shop.run { database in
        let filters = try await Self.fill(database)
        for set in FilterSet.all(filters) {
          for sort in Self.sorts {
            let before = try await Self.walk(database, set, sort, within: 9)
            let seen = try await Self.walk(database, set, sort, within: 9) {
              // A product comes or goes, and the page after is found in the other way.
              try await database.execute(
                """
                UPDATE catalog.seller SET is_hidden = NOT is_hidden
                 WHERE id = (SELECT p.seller_id FROM catalog.product p
                              WHERE p.seller_id <> \(filters.seller)::uuid ORDER BY random() LIMIT 1)
                """)
            }
            let after = try await Self.walk(database, set, sort, within: 9)
            let stayed = before.filter(Set(after).contains)
            #expect(Set(seen).count == seen.count, "\(set), \(sort): twice")
            if set.seller != nil { #expect(seen == before && after == before, "\(set), \(sort)") }
            #expect(seen.filter(Set(stayed).contains).sorted { before.place($0) < before.place($1) }
              == seen.filter(Set(stayed).contains), "\(set), \(sort): out of order")
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
               seller_id = (SELECT s.id FROM catalog.seller s ORDER BY s.id OFFSET units_sold % 3 LIMIT 1)
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
          FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id JOIN catalog.seller s ON s.id = seller_id
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
          FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id JOIN catalog.seller s ON s.id = seller_id
         WHERE p.status = 'active' AND NOT s.is_hidden
         ORDER BY p.id
        """
      ).map { try ListedProduct($0) }
    }

    /// All ids of a list, by pages.
    private static func walk(
      _ database: Database, _ set: FilterSet, _ sort: ProductSort, within rowsMax: Int,
      between: () async throws -> Void = {}
    ) async throws -> [String] {
      var (found, token): ([String], String) = ([], "")
      repeat {
        let page = try await set.list(sort, size: 7, after: token, within: rowsMax).read(database, in: Arena())
        found += page.elements.map(\.id.string)
        token = page.nextPageToken.string
        if !token.isEmpty { try await between() }
      } while !token.isEmpty
      return found
    }
  }
}
