import CatalogAPI
import Platform
import Postgres
import Protobuf
import Testing

@testable import Catalog
@testable import Platform
@testable import Postgres

extension ShopTests {
  /// Searches of managed products that match many products at the end of the order.
  @Suite struct ManagedSearchTests {
    /// Each way finds the page with some of them.
    private static let bounds = [
      ManagedProductList.searchBounds, IndexWalk.Bounds(walkedMax: 1_000, gatheredMax: 1),
      IndexWalk.Bounds(walkedMax: 5, gatheredMax: 1_000, walkedFurtherMax: 1),
      IndexWalk.Bounds(walkedMax: 5, gatheredMax: 10),
      IndexWalk.Bounds(walkedMax: 5, gatheredMax: 10, walkedFurtherMax: 1),
      IndexWalk.Bounds(walkedMax: 5, gatheredMax: 10, walkedFurtherMax: 150),
      IndexWalk.Bounds(walkedMax: 5, gatheredMax: 10, walkedFurtherMax: 1_000),
    ]
    private static let matchesMax = 60

    private static func list(
      _ size: Int, _ token: String, _ bounds: IndexWalk.Bounds
    ) throws -> ManagedProductList {
      let json = "{\"search\": \"OLD-\", \"page_size\": \(size), \"page_token\": \"\(token)\"}"
      return try ManagedProductList(
        try ListManagedProductsRequest(json: json, in: Arena()), for: TestCaller.admin.caller(seller: nil),
        TestShop.vault.tokenSigner(for: "a list"), bounds)
    }

    /// The oldest products have two variants with the prefix, or their only one.
    private static func fill(_ database: Database) async throws {
      try await database.execute(
        """
        UPDATE catalog.variant v SET sku = 'OLD-' || v.id
          FROM (SELECT id FROM catalog.product ORDER BY created_at, id LIMIT \(matchesMax)) p
         WHERE v.product_id = p.id AND v.position <= 2
        """)
      try await database.execute("ANALYZE catalog.product")
      try await database.execute("ANALYZE catalog.variant")
    }

    @Test("whichever way finds a page, a walk by pages sees each product once, the newest first")
    func sameRows() async throws {
      let shop = try await TestShop.make(products: 200)
      try await shop.run { database in
        try await Self.fill(database)
        let expected = try await database.rows(
          """
          SELECT p.id FROM catalog.product p
           WHERE EXISTS (SELECT FROM catalog.variant v WHERE v.product_id = p.id AND v.sku LIKE 'OLD-%')
           ORDER BY p.created_at DESC, p.id DESC
          """
        ).map { try $0.string("id") }
        #expect(expected.count == Self.matchesMax)
        for bounds in Self.bounds {
          for size in [1, 7, 250] {
            var (ids, token): ([String], String) = ([], "")
            repeat {
              let page = try await Self.list(size, token, bounds).read(database, in: Arena())
              ids += page.elements.map(\.id.string)
              token = page.nextPageToken.string
            } while !token.isEmpty
            #expect(ids == expected, "\(bounds) by \(size)")
          }
        }
      }
    }

    @Test("a search whose matches are at the end of the order reads no more of the order than its bound")
    func boundedWalk() async throws {
      let shop = try await TestShop.make(products: 2_000)
      try await shop.run { database in
        try await Self.fill(database)
        let plan = try await Self.plan(
          database, IndexWalk.Bounds(walkedMax: 10, gatheredMax: 20, walkedFurtherMax: 50))
        let walks = plan.indices.filter { plan[$0].contains("using product_by_creation ") }
        #expect(walks.count == 3 && walks.allSatisfy { (Self.rows(plan[$0]) ?? .max) <= 50 }, "\(plan)")
        // What is looked at and passed over is behind the bound: a walk has no condition but the position.
        #expect(
          walks.allSatisfy { walk in !plan.dropFirst(walk + 1).prefix(2).contains { $0.contains("Filter") } },
          "\(plan)")
        let whole = try await Self.plan(database, IndexWalk.Bounds(walkedMax: 10, gatheredMax: 20))
        #expect(whole.contains { (Self.rows($0, /Rows Removed by Filter: (\d+)/) ?? 0) > 1_900 }, "\(whole)")
      }
    }

    private static func plan(_ database: Database, _ bounds: IndexWalk.Bounds) async throws -> [String] {
      let query = try list(19, "", bounds).query
      return try await database.rows(
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) \(query)", access: .write
      ).map { try $0.string("QUERY PLAN") }
    }

    /// The number of rows in a line of a plan.
    private static func rows(_ line: String, _ form: Regex<(Substring, Substring)> = /rows=(\d+)/) -> Int? {
      line.firstMatch(of: form).flatMap { Int($0.1) }
    }
  }
}
