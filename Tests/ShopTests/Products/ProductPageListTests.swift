import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension ShopTests {
  @Suite struct ProductPageListTests {
    private static let gtins = ["4006381333931", "4006381333948", "4100000000003"]
    private static let ids = gtins.map { "00000000-0000-8000-800\($0.prefix(1))-\($0.dropFirst())" }

    @Test("staff list the pages of GTINs once each, also of what is no offer now, and those that they have made")
    func list() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let before = try await node.pages()
        for (seller, gtin, isPublished) in [(0, 0, true), (1, 0, true), (2, 0, false), (0, 2, true), (1, 1, false)] {
          _ = try await node.createOffer(
            shop, of: sellers[seller], gtin: Self.gtins[gtin], stock: 0, isPublished: isPublished)
        }
        let free = try await node.createOffer(shop, of: sellers[3], gtin: "2012345678903", stock: 0)
        #expect(try await node.pages() == (before + Self.ids).sorted(), "not of restricted circulation")
        let made = try await node.joinPage([free.variants[0].id.string]).id.string
        try await node.mergePage(Self.ids[1], into: Self.ids[0])
        let all = (before + Self.ids + [made]).sorted()
        for size: Int32 in [1, 2, 250] { #expect(try await node.pages(by: size) == all, "by \(size)") }
        #expect(all.last == made, "behind the pages of GTINs")
        let prefixes: [(String, [String])] = [
          ("04006381333931", [Self.ids[0]]), ("0400638133", [Self.ids[0], Self.ids[1]]), ("041", [Self.ids[2]]),
          ("4006381333931", []), ("99", []),
        ]
        for (prefix, ids) in prefixes { #expect(try await node.pages(prefix, by: 1) == ids, "\(prefix)") }
        let listed = try await node.productPages.listProductPages(
          request(ListProductPagesRequest.self) { $0.gtinPrefix = $0.text("0400638133") })
        let gtins = listed.pages.map { $0.gtins.map(\.string) }
        #expect(gtins == [["04006381333931", "04006381333948"], ["04006381333948"]])
        #expect(listed.pages.map(\.mergedIntoID.string) == ["", Self.ids[0]] && listed.pages[1].etag == "v2")
      }
    }

    @Test("a page is found by as many look-ups as it has elements, however many variants there are of each")
    func plan() async throws {
      let shop = try await TestShop.make(products: 2_000)
      _ = try await shop.run { database in
        try await database.execute(
          """
          UPDATE catalog.variant v SET gtin = '40000000' || lpad((n.number % 400)::text, 5, '0')
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM catalog.variant) n
           WHERE n.id = v.id
          """)
        try await database.execute("ANALYZE catalog.variant")
      }
      let signer = TestShop.vault.tokenSigner(for: "a list")
      let plan = try await shop.run { database in
        let query = try ProductPageList(request(ListProductPagesRequest.self) { $0.pageSize = 20 }, signer).query
        return try await database.rows("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) \(query)", access: .write)
          .map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
      }
      #expect(plan.contains("using variant_by_page") && !plan.contains("Seq Scan on variant"), "\(plan)")
      let rows = plan.matches(of: /rows=(\d+) loops=(\d+)/).map { (Int($0.1) ?? 0) * (Int($0.2) ?? 0) }
      #expect(rows.max() ?? 0 <= 100, "\(plan)")
    }
  }
}
