import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension ShopTests {
  /// What shoppers see in channels.
  @Suite struct ChannelReadTests {
    private static let hour = Duration.seconds(3_600)
    private static let past = "1999-01-01T00:00:00Z"

    @Test("a channel for all products leaves out those that are excluded; one for listed products shows these alone")
    func assortments() async throws {
      let shop = try await TestShop.make(products: 30)
      try await shop.serve { nodes in
        let node = nodes[0]
        try await node.createChannel("every")
        try await node.createChannel("few", ", \"assortment\": \"CHANNEL_ASSORTMENT_LISTED\"")
        let all = try await node.listed(in: "")
        #expect(try await node.shown(in: "every") == all)
        #expect(try await node.shown(in: "few").isEmpty)
        let chosen = [all[1], all[8], all[17]]
        for id in chosen {
          try await node.list(id, in: "few")
          try await node.list(id, in: "every", ", \"is_listed\": false")
        }
        #expect(try await node.shown(in: "few") == chosen)
        #expect(try await node.shown(in: "every") == all.filter { !chosen.contains($0) })
        let batch = try await node.batch(Array(all.prefix(3)), in: "few")
        #expect(batch.shown == [all[1]] && batch.missing == [all[0], all[2]])
        for (code, there, missing) in [("few", all[1], all[0]), ("every", all[0], all[1])] {
          #expect(try await node.get(there, in: code).id.string == there)
          let error = await failure { _ = try await node.get(missing, in: code) }
          #expect(error?.code == .notFound && error?.reason == "RESOURCE_NOT_FOUND")
        }
        #expect(try await node.listed(in: "") == all, "the whole shop shows what it did")
        let few = try #require(
          try await node.channels.listChannels(request(ListChannelsRequest.self)).channels.first { $0.code == "few" })
        try await node.updateChannel(few.id.string, ", \"assortment\": 1")
        #expect(try await node.shown(in: "few") == all)
      }
    }

    @Test("every order and filter of a channel has what the whole shop has of it, in the same order")
    func ordersAndFilters() async throws {
      try await TestShop.make(products: 60).serve { nodes in
        let node = nodes[0]
        try await node.createChannel("few", ", \"assortment\": \"CHANNEL_ASSORTMENT_LISTED\"")
        try await node.createChannel("every")
        let ids = try await node.listed(in: "")
        let chosen = Set(ids.enumerated().filter { $0.offset % 3 != 0 }.map(\.element))
        for id in ids where chosen.contains(id) { try await node.list(id, in: "few") }
        for id in ids where !chosen.contains(id) { try await node.list(id, in: "every", ", \"is_listed\": false") }
        let product = try await node.product(1)
        let filters = [
          "", ", \"category_id\": \"\(product.categoryID)\"", ", \"seller_id\": \"\(product.sellerID)\"",
          ", \"brand\": \"\(product.brand)\"",
          ", \"category_id\": \"\(product.categoryID)\", \"seller_id\": \"\(product.sellerID)\"",
          ", \"seller_id\": \"\(product.sellerID)\", \"brand\": \"\(product.brand)\"", ", \"min_price_minor\": 5000",
        ]
        for filter in filters {
          for sort in 1...5 {
            let fields = "\(filter), \"sort\": \(sort)"
            let whole = try await node.shown(in: "", fields).filter(chosen.contains)
            #expect(!whole.isEmpty, "\(fields)")
            #expect(try await node.shown(in: "few", fields) == whole, "\(fields)")
            #expect(try await node.shown(in: "every", fields) == whole, "\(fields)")
          }
        }
      }
    }

    @Test("in a channel of listed products, only a category is a category, and only a seller is a seller")
    func otherScopes() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].product(1))
        let (category, seller, name) = (product.categoryID.string, product.sellerID.string, product.brand.string)
        try await node.createChannel("few", ", \"assortment\": 2")
        try await node.createChannel("every")
        try await node.list(product.id.string, in: "few")
        let brand = try await shop.run { database in
          try await database.rows("SELECT catalog.brand_scope(\(name))::text AS id").first?.string("id")
        }
        let everything = "00000000-0000-0000-0000-000000000000"
        for channel in ["few", "every"] {
          for id in [seller, try #require(brand), everything] {
            let shown = try? await node.shown(in: channel, ", \"category_id\": \"\(id)\"")
            #expect(shown ?? [] == [], "\(channel) \(id)")
          }
          for id in [category, try #require(brand), everything] {
            let shown = try? await node.shown(in: channel, ", \"seller_id\": \"\(id)\"")
            #expect(shown ?? [] == [], "\(channel) \(id)")
          }
          for fields in [", \"category_id\": \"\(category)\"", ", \"seller_id\": \"\(seller)\""] {
            #expect(try await node.shown(in: channel, fields).contains(product.id.string), "\(channel) \(fields)")
          }
        }
      }
    }

    @Test("a product is visible and buyable from the times of the channel, or else from its own")
    func times() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let node = nodes[0]
        let soon = try (Instant.now + Self.hour).json
        let id = try await node.product(2).id.string
        for (code, assortment) in [("every", 1), ("few", 2)] {
          try await node.createChannel(code, ", \"assortment\": \(assortment)")
          try await node.list(id, in: code, ", \"is_listed\": true, \"visible_from_time\": \(soon)")
          #expect(await failure { _ = try await node.get(id, in: code) }?.code == .notFound)
          #expect(try await !node.shown(in: code).contains(id))
          #expect(try await node.batch([id], in: code).missing == [id])
          try await node.list(id, in: code, ", \"is_listed\": true, \"visible_from_time\": \"\(Self.past)\"")
          #expect(try await node.get(id, in: code).buyableFromTime == nil)
          #expect(try await node.shown(in: code).contains(id))
        }
        let own = try await node.updateProduct(id, ", \"buyable_from_time\": \(soon)").buyableFromTime
        #expect(try own?.json() == soon)
        try await node.list(id, in: "few", ", \"is_listed\": true, \"buyable_from_time\": \"\(Self.past)\"")
        // One after another, so that an answer from memory would be the wrong one.
        for _ in 0..<2 {
          #expect(try await node.get(id, in: "").buyableFromTime?.json() == soon)
          #expect(try await node.get(id, in: "few").buyableFromTime?.json() == "\"\(Self.past)\"")
          #expect(try await node.get(id, in: "every").buyableFromTime?.json() == soon)
        }
        let cleared = try await node.updateProduct(id, "", mask: "buyableFromTime")
        #expect(cleared.buyableFromTime == nil)
        #expect(try await node.get(id, in: "every").buyableFromTime == nil)
        #expect(try await node.get(id, in: "few").buyableFromTime?.json() == "\"\(Self.past)\"")
      }
    }

    @Test("a read in a channel takes two statements, however many rows it has")
    func statements() async throws {
      try await TestShop.make(products: 60).serve(loops: 1) { nodes in
        let node = nodes[0]
        let id = try await node.product().id.string
        try await node.createChannel("every")
        for code in ["every", "wholesale"] {
          for size: Int32 in [1, 20, 250] {
            let statements = try await node.statements {
              _ = try await node.catalog.listProducts(
                request(ListProductsRequest.self) {
                  $0.pageSize = size
                  $0.channel = $0.text(code)
                })
            }
            #expect(statements == 2)
          }
        }
        #expect(try await node.statements { _ = try await node.get(id, in: "every") } == 2)
        #expect(try await node.statements { _ = try await node.batch([id], in: "every") } == 2)
      }
    }

    @Test("the lists of a channel follow what becomes of its products, and of the tree")
    func following() async throws {
      let shop = try await TestShop.make(products: 30)
      try await shop.serve { nodes in
        let node = nodes[0]
        #expect(try await shop.wrongChannelShelves() == 0)
        let products = Array(try await node.catalog.listProducts(request(ListProductsRequest.self)).products)
        let ids = products.prefix(6).map(\.id.string)
        for id in ids { try await node.list(id, in: "wholesale") }
        #expect(try await shop.wrongChannelShelves() == 0)
        _ = try await node.updateProduct(ids[0], ", \"brand\": \"Another\"")
        _ = try await node.updateProduct(ids[1], ", \"category_id\": \"\(products[4].categoryID)\"")
        _ = try await node.unpublishProduct(ids[2])
        _ = try await node.archiveProduct(ids[3])
        _ = try await node.setPrices([TestPrice(variant: products[4].variants[0].id.string, amount: 1)])
        #expect(try await shop.wrongChannelShelves() == 0)
        _ = try await node.publishProduct(ids[2])
        try await node.list(ids[5], in: "wholesale", ", \"is_listed\": false")
        #expect(try await shop.wrongChannelShelves() == 0)
        #expect(try await node.shown(in: "wholesale", ", \"brand\": \"Another\"") == [ids[0]])
        let draft = try await node.createCompleteProduct()
        try await node.list(draft.id.string, in: "wholesale")
        #expect(try await !node.shown(in: "wholesale").contains(draft.id.string), "a draft is in no list")
        _ = try await node.publishProduct(draft.id.string)
        #expect(try await node.shown(in: "wholesale").first == draft.id.string)
        _ = try await node.unpublishProduct(draft.id.string)
        try await node.deleteProduct(draft.id.string)
        #expect(try await shop.wrongChannelShelves() == 0)
      }
    }

    @Test("a listing that is set while its product changes leaves no list wrong")
    func races() async throws {
      let shop = try await TestShop.make(products: 12)
      try await shop.serve(nodes: 2) { nodes in
        let ids = Array(try await nodes[0].listed(in: "").prefix(4))
        _ = try await InventoryTests.atOnce(24) { index -> String in
          let (node, id) = (nodes[index % 2], ids[index % 4])
          switch index % 3 {
          case 0: try await node.list(id, in: "wholesale")
          case 1: try await node.list(id, in: "wholesale", ", \"is_listed\": false")
          default: _ = try await node.updateProduct(id, ", \"brand\": \"Brand \(index)\"")
          }
          return ""
        }
        #expect(try await shop.wrongChannelShelves() == 0)
        #expect(try await shop.wrongProducts() == 0)
      }
    }
  }
}
