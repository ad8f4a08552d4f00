import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  /// What sellers say of products in channels, and what all reads in a channel make of it.
  @Suite struct ChannelListingTests {
    private static let gtin = "4006381333931"
    private static let hour = Duration.seconds(3_600)

    @Test("a listing with a time alone leaves the product to the assortment, and a deleted one leaves nothing behind")
    func assortmentDecides() async throws {
      let shop = try await TestShop.make(products: 12)
      try await shop.serve { nodes in
        let node = nodes[0]
        let soon = try (Instant.now + Self.hour).json
        let channel = try await node.createChannel("every").id.string
        try await node.createChannel("few", ", \"assortment\": \"CHANNEL_ASSORTMENT_LISTED\"")
        let id = try await node.product(2).id.string
        for code in ["every", "few"] {
          let listing = try await node.list(id, in: code, ", \"buyable_from_time\": \(soon)")
          #expect(listing.isListed == nil)
          let excluded = try await node.list(id, in: code, ", \"is_listed\": false")
          #expect(excluded.isListed == false)
          #expect(try await !node.shown(in: code).contains(id))
          try await node.list(id, in: code, ", \"buyable_from_time\": \(soon)")
        }
        #expect(try await node.get(id, in: "every").buyableFromTime?.json() == soon)
        #expect(try await node.shown(in: "every").contains(id))
        #expect(await failure { _ = try await node.get(id, in: "few") }?.code == .notFound)
        #expect(try await node.shown(in: "few").isEmpty)
        try await node.list(id, in: "few")
        #expect(try await node.shown(in: "few") == [id])
        for code in ["every", "few"] { try await node.unlist(id, in: code) }
        #expect(try await node.get(id, in: "every").buyableFromTime == nil)
        #expect(try await node.shown(in: "few").isEmpty)
        #expect(try await shop.wrongChannelShelves() == 0)
        let again = await failure { try await node.unlist(id, in: "every") }
        #expect(again?.code == .notFound && again?.message == "there is no such channel listing")
        #expect(await failure { try await node.unlist(id, in: "nowhere") }?.code == .notFound)
        let told = try await shop.number {
          """
          SELECT count(*) AS n FROM platform.event e
           WHERE e.topic = 'catalog.channel_listing' AND e.type = 'deleted' AND \(channel)::uuid = ANY (e.subjects)
          """
        }
        #expect(told == 1)
      }
    }

    @Test("a collection by rule or by name has what the channel shows of it")
    func collections() async throws {
      try await TestShop.make(products: 30).serve { nodes in
        let node = nodes[0]
        try await node.createChannel("every")
        try await node.createChannel("few", ", \"assortment\": \"CHANNEL_ASSORTMENT_LISTED\"")
        let all = try await node.listed(in: "")
        let hidden = Set([all[0], all[5]])
        for id in all {
          if hidden.contains(id) {
            try await node.list(id, in: "every", ", \"is_listed\": false")
          } else {
            try await node.list(id, in: "few")
          }
        }
        let byRule = try await node.createCollection(", \"rule\": {\"min_price_minor\": 0}")
        let byName = try await node.createCollection("")
        let named = Array(all.prefix(9).reversed())
        try await node.setProducts(named, of: byName)
        #expect(try await node.products(of: byRule, in: "") == all)
        #expect(try await node.products(of: byName, in: "") == named)
        for code in ["every", "few"] {
          #expect(try await node.products(of: byRule, in: code) == all.filter { !hidden.contains($0) })
          #expect(try await node.products(of: byName, in: code) == named.filter { !hidden.contains($0) })
        }
        for id in [byRule, byName] {
          let error = await failure { _ = try await node.products(of: id, in: "nowhere") }
          #expect(error?.reason == "CHANNEL_NOT_ACTIVE" && error?.fields == ["channel"])
        }
      }
    }

    @Test("a product page and its offers are those that the channel shows, with its times")
    func productPages() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let node = nodes[0]
        let (sellers, soon) = (try await shop.sellers(), try (Instant.now + Self.hour).json)
        let cheap = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin, price: 100).id.string
        let dear = try await node.createOffer(shop, of: sellers[1], gtin: Self.gtin, price: 200).id.string
        try await node.createChannel("every")
        let key = "\"gtin\": \"\(Self.gtin)\""
        #expect(try await node.offers(key) == [cheap, dear])
        try await node.list(cheap, in: "every", ", \"is_listed\": false")
        try await node.list(dear, in: "every", ", \"buyable_from_time\": \(soon)")
        let shown = try await node.productPage("\(key), \"channel\": \"every\"")
        #expect(shown.product?.id.string == dear && shown.page?.offerCount == 1)
        #expect(try shown.page?.offer?.buyableFromTime?.json() == soon && shown.page?.offer?.isInStock == false)
        #expect(try shown.product?.buyableFromTime?.json() == soon)
        let offers = try await node.catalog.listOffers(
          request(ListOffersRequest.self) {
            $0.productPageID = $0.text(shown.page?.id.string ?? "")
            $0.channel = $0.text("every")
          }
        ).offers
        #expect(try offers.map { try $0.buyableFromTime?.json() } == [soon] && offers.first?.isInStock == false)
        for asked in ["\"product_id\": \"\(dear)\"", "\"product_id\": \"\(cheap)\""] {
          let isShown = asked.contains(dear)
          let error = await failure { _ = try await node.productPage("\(asked), \"channel\": \"every\"") }
          #expect(isShown ? error == nil : error?.code == .notFound, "\(asked)")
          #expect(try await node.offers(asked) == [cheap, dear], "the whole shop shows both")
        }
        let error = await failure { _ = try await node.productPage("\(key), \"channel\": \"nowhere\"") }
        #expect(error?.reason == "CHANNEL_NOT_ACTIVE" && error?.fields == ["channel"])
      }
    }

    @Test("a quote in a channel has its currency, for what it shows, and a channel that is not there is an error")
    func quotes() async throws {
      try await TestShop.make(products: 6).serve { nodes in
        let node = nodes[0]
        let product = try await node.product()
        let (id, variant) = (product.id.string, product.variants[0].id.string)
        let channel = try await node.createChannel("alpine", ", \"currency\": \"CHF\"").id.string
        let list = try await node.createPriceList(
          product.sellerID.string, ", \"channel\": \"alpine\"", currency: "CHF"
        ).id.string
        let price = TestPrice(variant: variant, amount: 990, list: list, currency: "CHF")
        #expect(try await node.setPrices([price]).map(\.summary) == ["990"])
        let inChannel = ", \"channel\": \"alpine\""
        #expect(try await node.quote(variant, 1, inChannel).summary == "990 CHF")
        let euros = try await node.quote(variant, 1, "\(inChannel), \"currency\": \"EUR\"").summary
        #expect(try await node.quote(variant).summary == euros && euros.hasSuffix("EUR"))
        try await node.list(id, in: "alpine", ", \"is_listed\": false")
        var guest = CallOptions()
        guest.metadata.add(TestAuthenticator.caller, TestCaller.guest.rawValue)
        #expect(try await node.quote(variant, 1, inChannel, options: guest).summary == "RESOURCE_NOT_FOUND")
        #expect(try await node.quote(variant, 1, inChannel).summary == "990 CHF", "those who manage it see it")
        #expect(try await node.quote(variant, options: guest).summary == euros)
        try await node.updateChannel(channel, "", mask: "isActive")
        for code in ["alpine", "nowhere"] {
          let error = await failure { _ = try await node.quote(variant, 1, ", \"channel\": \"\(code)\"") }
          #expect(error?.code == .failedPrecondition && error?.reason == "CHANNEL_NOT_ACTIVE", "\(code)")
        }
      }
    }

    @Test("a shopper reads a channel that is switched on, and the type of a product in their language")
    func publicReads() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let node = nodes[0]
        var guest = CallOptions()
        guest.metadata.add(TestAuthenticator.caller, TestCaller.guest.rawValue)
        let asGuest = guest
        let made = try await node.createChannel("alpine", ", \"currency\": \"CHF\", \"language\": \"de-CH\"")
        let asked = request(GetChannelRequest.self) { $0.channel = $0.text("alpine") }
        let read = try #require(try await node.catalog.getChannel(asked, options: asGuest).channel)
        #expect(read.id == made.id && read.currency == "CHF" && read.language == "de-CH")
        try await node.updateChannel(made.id.string, "", mask: "isActive")
        let off = await failure { _ = try await node.catalog.getChannel(asked, options: asGuest) }
        #expect(off?.code == .notFound && off?.message == "there is no such sales channel")

        let type = try await node.createProductType(
          "{\"code\": \"sole\", \"title\": \"Sole\", \"kind\": \"ATTRIBUTE_KIND_CHOICE\", \"choices\": [\"Cork\"]}")
        try await node.translate(type, .productType, to: "de", ["attributes[sole].title": "Sohle"])
        var german = guest
        german.metadata.add("accept-language", "de")
        let typeOf = request(GetProductTypeRequest.self) { $0.productTypeID = $0.text(type) }
        let titles = [
          try await node.catalog.getProductType(typeOf, options: asGuest),
          try await node.catalog.getProductType(typeOf, options: german),
        ].map { $0.productType?.attributes.first?.title.string }
        #expect(titles == ["Sole", "Sohle"])
      }
    }
  }
}

extension TestNode {
  private var collections: CollectionClient { CollectionClient(channel) }

  /// Creates a collection. `fields` is JSON behind a comma.
  fileprivate func createCollection(_ fields: String) async throws -> String {
    let json = "{\"collection\": {\"title\": \"Gifts\"\(fields)}, \"request_id\": \"\(TestID.next())\"}"
    let made = try await collections.createCollection(try CreateCollectionRequest(json: json, in: Arena()))
    return try #require(made.collection).id.string
  }

  fileprivate func setProducts(_ ids: [String], of collection: String) async throws {
    let request = request(SetCollectionProductsRequest.self) { asked in
      for id in ids { asked.productIDs.append(asked.text(id)) }
      (asked.collectionID, asked.requestID) = (asked.text(collection), asked.text(TestID.next()))
    }
    _ = try await collections.setCollectionProducts(request)
  }

  /// The ids of the products of a collection in a channel, by pages of 7.
  fileprivate func products(of collection: String, in code: String) async throws -> [String] {
    var (ids, token): ([String], String) = ([], "")
    repeat {
      let page = try await catalog.listCollectionProducts(
        request(ListCollectionProductsRequest.self) {
          ($0.collectionID, $0.channel, $0.pageSize) = ($0.text(collection), $0.text(code), 7)
          $0.pageToken = $0.text(token)
        })
      ids += page.products.map(\.id.string)
      token = page.nextPageToken.string
    } while !token.isEmpty
    return ids
  }
}
