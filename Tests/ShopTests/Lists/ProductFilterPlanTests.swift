import CatalogAPI
import Platform
import Postgres
import Protobuf
import Testing

@testable import Catalog
@testable import Platform
@testable import Postgres

extension ShopTests {
  /// How many rows the lists of products read, in a shop where filters match very many products and very few.
  @Suite struct ProductFilterPlanTests {
    private static let bounds = IndexWalk.Bounds(walkedMax: 100, gatheredMax: 20_000)
    private static let pageSize = 20
    /// Products that are newer than all others, and cheaper, of a hidden seller.
    private static let hiddenProducts = 40

    @Test("a page reads at most the rows of two walks and those that match, in indexes that cover its filters")
    func boundedRows() async throws {
      let shop = try await TestShop.make(products: 20_000)
      try await Self.createAnalyzedPlan(shop)
      try await shop.run { database in
        for whole in try await Self.fill(database) {
          for set in FilterSet.all(whole) {
            let matches = try await Self.matches(database, set)
            for sort in FilterSet.sorts {
              let list = try set.list(sort, size: Int32(Self.pageSize), Self.bounds)
              let plan = try await Self.plan(database, list.query)
              let most =
                switch list.page.order.access {
                case .walk: 2 * Self.bounds.walkedMax + 1 + matches + Self.hiddenProducts
                default: Self.pageSize + 1 + Self.hiddenProducts
                }
              let read = Self.rowsRead(plan)
              #expect(read > 0 || matches == 0, "\(set), \(sort)\n\(plan)")
              #expect(read <= most, "\(set), \(sort): \(read) rows of \(most)\n\(plan)")
              for scan in Self.scans(plan) { #expect(scan.contains("Index Only Scan"), "\(set), \(sort)\n\(plan)") }
            }
          }
        }
      }
    }

    @Test("a search of managed products reads at most the rows of two walks and those that match")
    func boundedSearches() async throws {
      let shop = try await TestShop.make(products: 20_000)
      try await Self.createAnalyzedPlan(shop)
      try await shop.run { database in
        _ = try await Self.fill(database)
        for (search, matches) in [("rare", 5), ("RARE-SKU", 5), ("there is none", 0)] {
          for status in ["", ", \"status\": \"PRODUCT_STATUS_ACTIVE\""] {
            let request = try ListManagedProductsRequest(json: "{\"search\": \"\(search)\"\(status)}", in: Arena())
            let signer = TestShop.vault.tokenSigner(for: "a list")
            let caller = TestCaller.admin.caller(seller: nil)
            let list = try ManagedProductList(request, for: caller, signer, Self.bounds)
            let rows = try await database.rows("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) \(list.query)", access: .write)
            let plan = try rows.map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
            let read = Self.rowsRead(plan)
            #expect(read <= 2 * Self.bounds.walkedMax + 1 + matches, "\(search): \(read)\n\(plan)")
            #expect(try await list.read(database, in: Arena()).elements.count == matches, "\(search)")
          }
        }
      }
    }

    /// Five products of a brand that are the oldest, least sold and dearest of a large category; and others.
    private static func fill(_ database: Database) async throws -> [FilterSet] {
      let rows = try await database.rows(
        """
        SELECT c.lineage[1] AS category, p.brand, p.seller_id AS seller
          FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id
         WHERE p.brand <> '' GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT 1
        """)
      let row = try #require(rows.first)
      let (category, brand) = (try row.string("category"), try row.string("brand"))
      let seller = try row.string("seller")
      try await database.execute(
        """
        UPDATE catalog.product
           SET brand = 'Rare', title = 'Rare desk', published_at = '2001-01-01', created_at = '2001-01-01',
               units_sold = 0, rating_count = 1000, rating_sum = 1000, price_minor = 900000000 + units_sold
         WHERE id IN (SELECT h.product_id FROM catalog.shelf h
                       WHERE h.category_id = \(category)::uuid AND h.seller_id = \(seller)::uuid
                       ORDER BY h.product_id LIMIT 5)
        """)
      try await database.execute(
        """
        UPDATE catalog.variant v SET sku = 'RARE-SKU-' || v.product_id
          FROM catalog.product p WHERE p.id = v.product_id AND p.brand = 'Rare' AND v.position = 1
        """)
      try await hide(database, but: seller)
      _ = try await database.rows(
        """
        SELECT catalog.shelve_products(array_agg(p.id))
          FROM catalog.product p JOIN catalog.seller s ON s.id = p.seller_id WHERE p.brand = 'Rare' OR s.slug = 'hidden'
        """, access: .write)
      // Indexes are read without their tables only where these are vacuumed.
      for table: Query in ["catalog.product", "catalog.shelf", "catalog.seller"] {
        try await database.execute("VACUUM (ANALYZE) \(table)")
      }
      return [
        FilterSet(category: category, seller: seller, brand: "Rare", prices: 900_000_000...990_000_000),
        FilterSet(category: category, seller: seller, brand: brand, prices: 1...990_000_000),
        FilterSet(category: category, seller: seller, brand: brand, prices: 999_999_999...1_000_000_000),
      ]
    }

    private static func hide(_ database: Database, but seller: String) async throws {
      try await database.execute(
        "INSERT INTO catalog.seller (slug, name, is_hidden) VALUES ('hidden', 'Hidden', true)")
      try await database.execute(
        """
        UPDATE catalog.product
           SET seller_id = (SELECT s.id FROM catalog.seller s WHERE s.slug = 'hidden'), published_at = now(),
               price_minor = 1, units_sold = 1000000
         WHERE id IN (SELECT p.id FROM catalog.product p
                       WHERE p.seller_id <> \(seller)::uuid ORDER BY p.id LIMIT \(hiddenProducts))
        """)
    }

    /// The products that match what an index serves: with all three filters, no index has the brand.
    private static func matches(_ database: Database, _ filters: FilterSet) async throws -> Int {
      var set = filters
      if set.category != nil && set.seller != nil { set.brand = nil }
      let rows = try await database.rows(
        """
        SELECT count(*) AS n FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id
         WHERE p.status = 'active' AND (\(set.category)::uuid IS NULL OR \(set.category)::uuid = ANY (c.lineage))
           AND (\(set.seller)::uuid IS NULL OR p.seller_id = \(set.seller)::uuid)
           AND (\(set.brand)::text IS NULL OR p.brand = \(set.brand))
           AND p.price_minor BETWEEN \(set.prices?.lowerBound ?? 0) AND \(set.prices?.upperBound ?? Int64.max)
        """)
      return Int(try rows.first?.int64("n") ?? 0)
    }

    /// The plan for any values, carried out with those of the query.
    private static func plan(_ database: Database, _ query: Query) async throws -> String {
      let values = query.values.map(text)
      let rows = try await database.transaction { transaction in
        try await transaction.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        // Of so few rows, a bitmap costs as much; of very many, Postgres reads the index in its order.
        try await transaction.execute("SET LOCAL enable_bitmapscan = off")
        return try await transaction.rows(
          "SELECT p AS \"QUERY PLAN\" FROM public.analyzed_plan(\(Query.sql(of: query.pieces)), \(values)::text[]) p",
          access: .write)
      }
      return try rows.map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
    }

    private static func text(_ value: QueryBind) -> String? {
      switch value.form {
      case .integer(let number): String(number)
      case .string(let text): text
      case .text(let text): text.string
      case .uuid(let high, let low): ID(halves: (high, low)).description
      default: nil
      }
    }

    /// The lines of the plan that read the products of the list.
    private static func scans(_ plan: String) -> [Substring] {
      plan.split(separator: "\n").filter {
        $0.contains("Scan") && ($0.contains(" on product h") || $0.contains(" on shelf h"))
      }
    }

    /// The rows of products that were read, also those that were passed over, but not by their ids.
    private static func rowsRead(_ plan: String) -> Int {
      var (total, isScan) = (0, false)
      for line in plan.split(separator: "\n") {
        if line.contains("->") || line.hasPrefix("Limit") {
          let reads = line.contains(" on product ") || line.contains(" on shelf ")
          isScan = reads && line.contains("Scan") && !line.contains("product_pkey")
          if isScan { total += number(after: "rows=", in: line) * max(number(after: "loops=", in: line), 1) }
        } else if isScan && line.contains("Rows Removed by Filter:") {
          total += number(after: "Filter: ", in: line)
        }
      }
      return total
    }

    private static func number(after name: String, in line: Substring) -> Int {
      guard let place = line.firstRange(of: name) else { return 0 }
      return Int(line[place.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// Creates `public.analyzed_plan`, the plan of a statement for any values, carried out for some.
    private static func createAnalyzedPlan(_ shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute(
          """
          CREATE FUNCTION public.analyzed_plan(statement text, given text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
          DECLARE line text;
          BEGIN
            EXECUTE 'PREPARE listed AS ' || statement;
            FOR line IN EXECUTE
              'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE listed ('
              || (SELECT string_agg(quote_nullable(v), ',' ORDER BY n) FROM unnest(given) WITH ORDINALITY u (v, n))
              || ')'
            LOOP RETURN NEXT line; END LOOP;
            EXECUTE 'DEALLOCATE listed';
          END $$
          """)
      }
    }
  }
}
