import Platform
import RPC
import Testing

@testable import Platform
@testable import Postgres

extension ShopTests {
  /// Each list of the API in each order: how Postgres carries its statement out.
  @Suite struct ListPlanTests {
    /// Each text is prepared on each connection, which keeps at most 512 of all methods together. Three orders for
    /// three kinds of callers, and a count of each.
    private static let textsMax = 18
    /// Five orders of each set of category, seller and brand, with prices and without, for versions and whole rows, and
    /// a count of each.
    private static let textsOfProductsMax = 160

    private static let seller = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18")

    @Test("every method that has pages is in the table of lists")
    func allLists() async throws {
      try await TestShop.make(products: 0).serve { _ in
        #expect(Set(TestNode.methods.filter(\.hasPages).map(\.path)) == Set(PagedListCase.all().map(\.path)))
      }
    }

    /// What a page is read with.
    private static func statements(of list: any PagedList) -> [Query] {
      list.cachedQueries.map { [$0.versions, $0.whole] } ?? [list.query]
    }

    @Test("a list has few texts, however its filters are combined", arguments: PagedListCase.all())
    func fewTexts(_ list: PagedListCase) throws {
      var texts: Set<UInt64> = []
      for caller in list.callers {
        for json in list.allRequests {
          guard let made = try? list.list(json, caller.caller(seller: Self.seller)) else { continue }
          for query in Self.statements(of: made) { texts.insert(query.fingerprint) }
          texts.insert(TotalSize.query(made.rows).fingerprint)
        }
      }
      let most = list.path.hasSuffix("/ListProducts") ? Self.textsOfProductsMax : Self.textsMax
      #expect((2...most).contains(texts.count), "\(list.path) has \(texts.count)")
    }

    @Test("a later page has the text of the first one", arguments: PagedListCase.all())
    func laterPages(_ list: PagedListCase) throws {
      let caller = TestCaller.admin.caller(seller: nil)
      for json in list.requests {
        let first = try list.list(json, caller)
        let token = try #require(first.page.token(after: first.page.order.start))
        let later = try list.list(json + ", \"page_token\": \"\(token)\"", caller)
        let texts = [first, later].map { Self.statements(of: $0).map(\.pieces) }
        #expect(texts[0] == texts[1], "\(list.path)\(json)")
      }
    }

    @Test("the maximum of a page that is planned once is in its text, and no list has larger pages")
    func limitOfFrequentPages() {
      #expect(Query.sql(of: FrequentPage.limit.pieces) == "LIMIT \(FrequentPage.most + 1)")
      #expect(FrequentPage.most >= PageSizes.standard.most)
    }

    /// The plans of each statement, while its tables have no other index but primary keys.
    @Test("every order can be read from its index and sorts nothing, whatever the values are")
    func plans() async throws {
      let shop = try await TestShop.make(products: 30)
      try await shop.createGenericPlan()
      for list in PagedListCase.all() {
        for caller in list.callers where caller != .sellerWithoutShop {
          for json in list.requests {
            let known = caller.caller(seller: Self.seller)
            guard case .index(let index) = try list.list(json, known).page.order.access else { continue }
            // A walk reads the rows that it finds by their ids.
            let isWalk = if case .walk = try list.list(json, known).rows.source { true } else { false }
            let found = try await Self.plans(shop, index, keepingPrimaryKey: isWalk) {
              Self.statements(of: try list.list(json, known))
            }
            #expect(found.plans.count >= 2)
            for plan in found.plans {
              #expect(
                found.indexes.contains { plan.contains("using \($0) ") }, "\(list.path)\(json): \(index)\n\(plan)")
              #expect(!plan.contains("->  Sort") && !plan.contains("Incremental Sort"), "\(list.path)\(json)\n\(plan)")
            }
          }
        }
      }
    }

    /// Of each statement, the plan for the values of a first page, and the one that Postgres keeps for any values; and
    /// the names of the index and, of a partitioned table, of the indexes of its partitions. Thrown, so that nothing is
    /// committed.
    private struct Plans: Error {
      let plans: [String]
      let indexes: [String]
    }

    private static func plans(
      _ shop: TestShop, _ index: String, keepingPrimaryKey keepsPrimaryKey: Bool,
      _ statements: @escaping @Sendable () throws -> [Query]
    ) async throws -> Plans {
      let found = await #expect(throws: Plans.self, "\(index)") {
        try await shop.run { database in
          try await database.transaction { transaction in
            let indexes = try await Self.leaveOnly(index, keepsPrimaryKey, transaction)
            for setting: Query in [
              "SET LOCAL enable_sort = off", "SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off",
              "SET LOCAL plan_cache_mode = force_generic_plan",
            ] {
              try await transaction.execute(setting)
            }
            var plans: [String] = []
            for made in try statements() {
              let custom = try await transaction.rows("EXPLAIN (COSTS OFF) \(made)", access: .write)
              let generic = try await transaction.rows(
                """
                SELECT p AS "QUERY PLAN"
                  FROM public.generic_plan(\(Query.sql(of: made.pieces)), \(made.values.count)::int) p
                """, access: .write)
              for rows in [custom, generic] {
                plans.append(try rows.map { try $0.string("QUERY PLAN") }.joined(separator: "\n"))
              }
            }
            throw Plans(plans: plans, indexes: indexes)
          }
        }
      }
      return try #require(found)
    }

    /// Makes Postgres ignore all other indexes of the table, but for its primary key if that is kept, and returns the
    /// names of those that are left.
    private static func leaveOnly(
      _ index: String, _ keepsPrimaryKey: Bool, _ transaction: Transaction
    ) async throws -> [String] {
      let rows = try await transaction.rows(
        """
        SELECT c.relname AS name FROM pg_class c
         WHERE c.relkind IN ('i', 'I')
           AND (c.relname = \(index) OR c.oid IN (
                  SELECT t.relid FROM pg_class p, pg_partition_tree(p.oid) t WHERE p.relname = \(index)))
        """)
      let names = try rows.map { try $0.string("name") }
      try await transaction.execute(
        """
        UPDATE pg_index SET indisvalid = false
         WHERE indrelid IN (SELECT i.indrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                             WHERE c.relname = ANY (\(names)::text[]))
           AND indexrelid NOT IN (SELECT c.oid FROM pg_class c WHERE c.relname = ANY (\(names)::text[]))
           AND NOT (indisprimary AND \(keepsPrimaryKey))
        """)
      return names
    }
  }
}

extension TestShop {
  /// Creates `public.generic_plan`, the plan of a statement for any values.
  func createGenericPlan() async throws {
    try await run { database in
      _ = try await database.execute(
        """
        CREATE FUNCTION public.generic_plan(statement text, count int) RETURNS SETOF text LANGUAGE plpgsql AS $$
        DECLARE line text;
        BEGIN
          EXECUTE 'PREPARE listed AS ' || statement;
          FOR line IN EXECUTE
            'EXPLAIN (COSTS OFF) EXECUTE listed ('
            || array_to_string(array_fill('NULL'::text, ARRAY[count]), ',') || ')'
          LOOP RETURN NEXT line; END LOOP;
          EXECUTE 'DEALLOCATE listed';
        END $$
        """)
    }
  }
}
