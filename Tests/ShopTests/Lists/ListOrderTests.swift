import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Platform

/// A list of a table with a column of every kind, some of them NULL.
private struct NumberedList: PagedList {
  typealias Element = Category

  let page: PageRequest

  init(_ order: ListOrder, _ size: Int32, after token: String, counts: Bool = false) throws {
    let request = ListProductsRequest(in: Arena())
    request.pageSize = size
    request.pageToken = request.text(token)
    request.withTotalSize = counts
    var check = RequestCheck()
    page = try check.page(of: request, in: order, signedBy: TestShop.vault.tokenSigner(for: "numbers"))
    try check.verify()
  }

  var rows: ListRows { ListRows("x.id", from: "public.thing x", where: "x.id IS NOT NULL") }
}

extension ShopTests {
  @Suite struct ListOrderTests {
    private static let orders: [(name: String, order: @Sendable () -> ListOrder, sql: @Sendable () -> Query)] = [
      (
        "time", { ListOrder("t", .search, by: .time("x.t", nulls: .greatest), .id("x.id", in: "id")) },
        { "x.t NULLS LAST, x.id" }
      ),
      (
        "time, descending",
        { ListOrder("t", .search, .descending, by: .time("x.t", nulls: .least), .id("x.id", in: "id")) },
        { "x.t DESC NULLS LAST, x.id DESC" }
      ),
      (
        "number", { ListOrder("n", .search, by: .number("x.n", nulls: .least), .id("x.id", in: "id")) },
        { "x.n NULLS FIRST, x.id" }
      ),
      (
        "number, descending",
        { ListOrder("n", .search, .descending, by: .number("x.n", nulls: .greatest), .id("x.id", in: "id")) },
        { "x.n DESC NULLS FIRST, x.id DESC" }
      ),
      (
        "text", { ListOrder("s", .search, by: .text("x.s", nulls: .least), .id("x.id", in: "id")) },
        { "x.s COLLATE \"C\" NULLS FIRST, x.id" }
      ),
      (
        "text, descending",
        { ListOrder("s", .search, .descending, by: .text("x.s", nulls: .greatest), .id("x.id", in: "id")) },
        { "x.s COLLATE \"C\" DESC NULLS FIRST, x.id DESC" }
      ),
      (
        "three keys",
        {
          ListOrder(
            "tsn", .search, .descending, by: .text("x.s", nulls: .least), .number("x.n", nulls: .least),
            .id("x.id", in: "id"))
        },
        { "x.s COLLATE \"C\" DESC NULLS LAST, x.n DESC NULLS LAST, x.id DESC" }
      ),
    ]

    @Test("keys of every kind, also NULLs and the ends of their types, ascending and descending")
    func allKinds() async throws {
      try await TestShop.make(products: 0).run { database in
        try await Self.fill(database)
        for (name, order, sql) in Self.orders {
          let expected = try await database.rows("SELECT x.id FROM public.thing x ORDER BY \(sql())")
            .map { try $0.string("id") }
          for size: Int32 in [1, 4, 250] {
            var (walked, token): ([String], String) = ([], "")
            repeat {
              let page = try await NumberedList(order(), size, after: token).read(database, in: Arena())
              walked += page.elements.map(\.id.string)
              token = page.nextPageToken.string
            } while !token.isEmpty && walked.count < 100
            #expect(walked == expected, "\(name) by \(size)")
          }
        }
      }
    }

    @Test("the whole list is counted up to a bound, and only when the request asks for it")
    func totalSizes() async throws {
      try await TestShop.make(products: 0).run { database in
        try await database.execute("CREATE TABLE public.thing (id uuid PRIMARY KEY)")
        let order = ListOrder("id", .index("thing_pkey"), by: .id("x.id", in: "id"))
        for (more, count, isExact) in [(0, 0, true), (3, 3, true), (9_997, 10_000, true), (1, 10_000, false)] {
          try await database.execute(
            "INSERT INTO public.thing SELECT gen_random_uuid() FROM generate_series(1, \(more)::int)")
          let page = try await NumberedList(order, 2, after: "", counts: true).read(database, in: Arena())
          #expect(page.total?.count == Int32(count) && page.total?.isExact == isExact, "\(count)")
          let uncounted = try await NumberedList(order, 2, after: "").read(database, in: Arena())
          #expect(uncounted.total == nil)
          if page.nextPageToken.isEmpty { continue }
          let next = try await NumberedList(order, 2, after: page.nextPageToken.string).read(database, in: Arena())
          #expect(!next.elements.isEmpty, "a token is good whether the list is counted or not")
        }
      }
    }

    private static func fill(_ database: Database) async throws {
      try await database.execute("CREATE TABLE public.thing (id uuid PRIMARY KEY, t timestamptz, n bigint, s text)")
      try await database.execute(
        """
        INSERT INTO public.thing
        SELECT gen_random_uuid(), t, n, s
          FROM unnest(ARRAY[NULL, '2026-01-01 00:00:00.123456+00', '2026-01-01 00:00:00.123457+00', '0001-01-01',
                            '9999-12-31 23:59:59.999999+00']::timestamptz[],
                      ARRAY[NULL, -9223372036854775807, 0, 7, 9223372036854775806]::bigint[],
                      ARRAY[NULL, 'a', 'B', 'ä', 'z, "quoted" \\ ']) v (t, n, s), generate_series(1, 3)
        """)
    }
  }
}
