import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension ShopTests {
  /// The sales channels themselves.
  @Suite struct ChannelTests {
    @Test("a channel has what was set, and changes in what the mask names")
    func changes() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let fields = ", \"storefront_url\": \"https://outlet.example:8443/a?b=c\", \"language\": \"de-at\""
        let made = try await nodes[0].createChannel("outlet", fields)
        #expect(made.code == "outlet" && made.language == "de-AT" && made.isActive && made.assortment == .all)
        #expect(made.storefrontURL == "https://outlet.example:8443/a?b=c" && made.etag == "v1")
        let id = made.id.string
        let changed = try await nodes[0].updateChannel(id, ", \"assortment\": 2, \"etag\": \"v1\"")
        #expect(changed.assortment == .listed && changed.title == "Outlet" && changed.isActive && changed.etag == "v2")
        let off = try await nodes[0].updateChannel(id, "", mask: "isActive,storefrontUrl")
        #expect(!off.isActive && off.storefrontURL.isEmpty && off.language == "de-AT")
        let stale = await failure { try await nodes[0].updateChannel(id, ", \"title\": \"A\", \"etag\": \"v1\"") }
        #expect(stale?.code == .aborted && stale?.metadata["etag"] == "v3")
        let code = await failure { try await nodes[0].updateChannel(id, ", \"code\": \"other\"", mask: "code") }
        #expect(code?.fields == ["update_mask"], "a code never changes")
        let odd = await failure { try await nodes[0].createChannel("Web Shop") }
        #expect(odd?.fields == ["channel.code"] && odd?.message.contains("empty") == false)
        let listed = try await nodes[0].channels.listChannels(request(ListChannelsRequest.self)).channels
        #expect(listed.map(\.code.string) == ["outlet", "web", "wholesale"])
      }
    }

    @Test("of several creations of a code at once, one succeeds")
    func oneOfACode() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let ends = try await InventoryTests.atOnce(8) { index -> String in
          await failure { try await nodes[index % 2].createChannel("outlet") }?.reason ?? ""
        }
        #expect(ends.filter(\.isEmpty).count == 1 && ends.filter { $0 == "CHANNEL_EXISTS" }.count == 7, "\(ends)")
      }
    }

    @Test("there are at most 200 channels, also when several are created at once")
    func mostChannels() async throws {
      let shop = try await TestShop.make(products: 3)
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO catalog.channel (code, title, currency)
          SELECT 'c' || n, 'C', 'EUR' FROM generate_series((SELECT count(*) FROM catalog.channel) + 2, 200) n
          """)
      }
      try await shop.serve(nodes: 2) { nodes in
        let ends = try await InventoryTests.atOnce(4) { index -> String in
          await failure { try await nodes[index % 2].createChannel("outlet-\(index)") }?.reason ?? ""
        }
        #expect(ends.sorted() == ["", "TOO_MANY_CHANNELS", "TOO_MANY_CHANNELS", "TOO_MANY_CHANNELS"])
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.channel" } == 200)
      }
    }

    @Test("what names no active channel is told so, and which field it is")
    func unknown() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let id = try await nodes[0].product().id.string
        let channel = try await nodes[0].createChannel("outlet")
        #expect(try await nodes[0].get(id, in: "outlet").id.string == id)
        try await nodes[0].updateChannel(channel.id.string, "", mask: "isActive")
        for code in ["nowhere", "outlet"] {
          let errors = [
            await failure { _ = try await nodes[0].get(id, in: code) },
            await failure { _ = try await nodes[0].batch([id], in: code) },
            await failure { _ = try await nodes[0].shown(in: code) },
          ]
          for error in errors {
            #expect(error?.code == .failedPrecondition && error?.reason == "CHANNEL_NOT_ACTIVE", "\(code)")
            #expect(error?.fields == ["channel"] && error?.metadata["channel"] == code)
          }
        }
        let listing = await failure { try await nodes[0].list(id, in: "nowhere") }
        #expect(listing?.code == .notFound)
        try await nodes[0].list(id, in: "outlet")
        let seller = try await nodes[0].product().sellerID.string
        let list = await failure { _ = try await nodes[0].createPriceList(seller, ", \"channel\": \"nowhere\"") }
        #expect(list?.code == .notFound && list?.reason == "RESOURCE_NOT_FOUND")
        _ = try await nodes[0].createPriceList(seller, ", \"channel\": \"outlet\"")
      }
    }

    @Test("a listing is set in the state that the caller knows, and of several who know it one sets it")
    func etagsOfListings() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let (node, id) = (nodes[0], try await nodes[0].createProduct().id.string)
        let missing = await failure { try await node.list(id, in: "web", ", \"etag\": \"v1\"") }
        #expect(missing?.code == .notFound && missing?.reason == "RESOURCE_NOT_FOUND")
        #expect(try await node.list(id, in: "web").etag == "v1")
        #expect(try await node.list(id, in: "web", ", \"is_listed\": false, \"etag\": \"v1\"").etag == "v2")
        let stale = await failure { try await node.list(id, in: "web", ", \"is_listed\": true, \"etag\": \"v1\"") }
        #expect(stale?.code == .aborted && stale?.reason == "ETAG_MISMATCH" && stale?.metadata["etag"] == "v2")
        #expect(try await node.listings(of: id).map(\.isListed) == [false])
        let ends = try await InventoryTests.atOnce(4) { index -> String in
          await failure { try await nodes[index % 2].list(id, in: "web", ", \"etag\": \"v2\"") }?.reason ?? ""
        }
        #expect(ends.sorted() == ["", "ETAG_MISMATCH", "ETAG_MISMATCH", "ETAG_MISMATCH"])
        // A program of the former release sets one, too.
        _ = try await shop.run { database in
          try await database.execute(
            "UPDATE catalog.channel_listing SET is_listed = true WHERE product_id = \(id)::uuid")
        }
        #expect(try await node.listings(of: id).map(\.etag) == ["v4"])
        #expect(try await node.list(id, in: "web").etag == "v5")
      }
    }

    @Test("changes are told by events")
    func events() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let channel = try await nodes[0].createChannel("outlet").id.string
        try await nodes[0].updateChannel(channel, ", \"title\": \"Store\"")
        let listing = try await nodes[0].list(product.id.string, in: "outlet").id.string
        let told = try await shop.run { database in
          try await database.rows(
            """
            SELECT e.topic || ' ' || e.type || ' ' || cardinality(e.subjects) AS told
              FROM platform.event e
             WHERE e.key IN (\(channel)::uuid, \(listing)::uuid)
             ORDER BY e.seq
            """
          ).map { try $0.string("told") }
        }
        #expect(told == ["catalog.channel created 1", "catalog.channel updated 1", "catalog.channel_listing set 4"])
      }
    }
  }
}
