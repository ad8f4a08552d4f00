import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

extension ShopTests {
  @Suite struct ProductPageTests {
    private static let gtin = "4006381333931"
    private static let other = "4006381333948"
    private static let page = "00000000-0000-8000-8004-006381333931"
    private static let otherPage = "00000000-0000-8000-8004-006381333948"
    private static let thirdPage = "00000000-0000-8000-8004-006381333955"
    private static let byGTIN = "\"gtin\": \"\(gtin)\""
    private static let byOther = "\"gtin\": \"\(other)\""

    @Test("offers of a GTIN are on one page: in stock first, then the cheapest, and what goes off sale leaves it")
    func ranking() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let dear = try await node.createOffer(shop, of: sellers[0], gtin: "036000291452", price: 300)
        let cheap = try await node.createOffer(shop, of: sellers[1], gtin: "0036000291452", price: 200)
        let soldOut = try await node.createOffer(shop, of: sellers[2], gtin: "00036000291452", price: 100, stock: 0)
        let draft = try await node.createOffer(shop, of: sellers[3], gtin: "036000291452", isPublished: false)
        let ids = [cheap, dear, soldOut].map(\.id.string)
        let keys = [
          "\"gtin\": \"036000291452\"", "\"product_id\": \"\(dear.id)\"",
          "\"variant_id\": \"\(cheap.variants[0].id)\"",
        ]
        for key in keys { #expect(try await node.offers(key) == ids, "\(key)") }
        let page = try #require(try await node.productPage(keys[0]).page)
        #expect(page.productID == dear.id && page.gtins.map(\.string) == ["00036000291452"] && page.etag == "v1")
        #expect(try await node.offers("\"id\": \"\(page.id)\"") == ids)
        #expect(try await node.offers("\"product_id\": \"\(draft.id)\"").isEmpty)
        _ = try await node.adjust(soldOut.variants[0].id.string, 1)
        #expect(try await node.offers(keys[0]) == [ids[2], ids[0], ids[1]])
        try await shop.hide(sellers[1])
        #expect(try await node.offers(keys[0]) == [ids[2], ids[1]])
        try await shop.hide(sellers[1], false)
        _ = try await node.archiveProduct(ids[2])
        #expect(try await node.offers(keys[0]) == [ids[0], ids[1]])
        _ = try await node.unpublishProduct(ids[1])
        #expect(try await node.productPage(keys[0]).product?.id == cheap.id)
        _ = try await node.updateVariant(cheap.variants[0].id.string, ", \"gtin\": \"\(Self.gtin)\"")
        #expect(try await node.offers(keys[0]).isEmpty)
        #expect(try await node.offers(Self.byGTIN) == [ids[0]])
      }
    }

    @Test("a scheduled price counts while it holds, and equal offers are ordered by the seller's name")
    func prices() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let second = try await node.createOffer(shop, of: sellers[1], gtin: Self.gtin).id.string
        let first = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin)
        #expect(try await node.offers(Self.byGTIN) == [first.id.string, second])
        let dearer = [TestPrice(variant: first.variants[0].id.string, amount: 500)]
        let until = Instant.now + .seconds(3_600)
        #expect(try await node.schedulePrices(dearer, until: until).map(\.summary) == ["500"])
        #expect(try await node.offers(Self.byGTIN) == [second, first.id.string])
      }
    }

    @Test("of price lists, those for all segments and channels count while they hold, as in a quote")
    func priceLists() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let cheap = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin, price: 200).id.string
        let made = try await node.createOffer(shop, of: sellers[1], gtin: Self.gtin, price: 300)
        let (dear, variant) = (made.id.string, made.variants[0].id.string)
        let tomorrow = Instant.now + .seconds(86_400)
        // A list for others or for later, and then one that holds, with the price of another quantity.
        let lists = [
          ", \"channel\": \"web\"", ", \"segment\": \"b2b\"", ", \"start_time\": \(try tomorrow.json)",
          ", \"end_time\": \(try tomorrow.json)",
        ]
        var list = ""
        for (fields, quantity) in zip(lists, [1, 1, 1, 2] as [Int32]) {
          list = try await node.createPriceList(sellers[1], fields).id.string
          let price = TestPrice(variant: variant, amount: 150, list: list, quantity: quantity)
          #expect(try await node.setPrices([price]).map(\.summary) == ["150"])
          #expect(try await node.offers(Self.byGTIN) == [cheap, dear], "\(fields)")
        }
        var price = TestPrice(variant: variant, amount: 160, list: list)
        #expect(try await node.setPrices([price]).map(\.summary) == ["160"])
        #expect(try await node.offers(Self.byGTIN) == [dear, cheap])
        #expect(try await node.productPage(Self.byGTIN).page?.offer?.price?.amountMinor == 160)
        #expect(try await node.quote(variant).summary == "160 EUR")
        price.amount = 400
        let sale = try await node.schedulePrices([price], until: Instant.now + .seconds(3_600))
        #expect(try await node.offers(Self.byGTIN) == [cheap, dear])
        _ = try await node.cancelPrices([try #require(sale.first?.price).id.string])
        #expect(try await node.offers(Self.byGTIN) == [dear, cheap])
        try await node.deletePriceList(list)
        #expect(try await node.offers(Self.byGTIN) == [cheap, dear])
      }
    }

    @Test("two sellers who publish the same GTIN at once are on one page")
    func publicationsAtOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let sellers = try await shop.sellers()
        var drafts: [String] = []
        for seller in sellers.prefix(4) {
          drafts.append(
            try await nodes[0].createOffer(shop, of: seller, gtin: Self.gtin, isPublished: false).id.string)
        }
        let made = drafts
        _ = try await InventoryTests.atOnce(4) { index in
          _ = try await nodes[index % 2].publishProduct(made[index])
          return try await nodes[index % 2].productPage("\"product_id\": \"\(made[index])\"").page?.id.string
        }.map { #expect($0 == Self.page) }
        #expect(try await nodes[0].offers(Self.byGTIN).count == 4)
      }
    }

    @Test(
      "numbers that are not the same good everywhere join nothing",
      arguments: [
        // Of restricted circulation, in a region and in a company, in 12, 13 and 8 digits.
        "2012345678903", "0212345678909", "212345678909", "0412345678903", "0000000123457", "20123451", "00012348",
        // Reserved, of other schemes, and examples.
        "0512345678900", "9511234567890", "9521234543213", "95212340", "97712343",
        // A serial publication, a refund receipt and coupons.
        "9770317847001", "9801234567892", "9811234567891", "9851234567897", "9901234567899",
      ])
    func restricted(_ gtin: String) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let sellers = try await shop.sellers()
        let offer = try await nodes[0].createOffer(shop, of: sellers[0], gtin: gtin)
        let missing = await failure { _ = try await nodes[0].productPage("\"gtin\": \"\(gtin)\"") }
        #expect(missing?.code == .notFound)
        #expect(try await nodes[0].offers("\"product_id\": \"\(offer.id)\"").isEmpty)
      }
    }

    @Test(
      "books, printed music and numbers of 8 digits are goods",
      arguments: ["9780306406157", "9790060115615", "96385074"])
    func unrestricted(_ gtin: String) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let offer = try await nodes[0].createOffer(shop, of: try await shop.sellers()[0], gtin: gtin)
        #expect(try await nodes[0].offers("\"gtin\": \"\(gtin)\"") == [offer.id.string])
      }
    }

    @Test("what staff take off a page stays off, whatever its seller does, and can be joined to a new page")
    func leaving() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let right = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin).id.string
        let wrong = try await node.createOffer(shop, of: sellers[1], gtin: Self.gtin)
        let variant = wrong.variants[0].id.string
        let left = try await node.leavePage([variant], from: Self.page, etag: "v1")
        #expect(left.removedVariantIDs.map(\.string) == [variant] && left.etag == "v2")
        for step in 0...3 {
          #expect(try await node.offers(Self.byGTIN) == [right], "\(step)")
          #expect(try await node.offers("\"variant_id\": \"\(variant)\"").isEmpty, "\(step)")
          switch step {
          case 0: _ = try await node.updateVariant(variant, ", \"weight_grams\": 5")
          case 1:
            _ = try await node.updateVariant(variant, ", \"gtin\": \"\(Self.other)\"")
            #expect(try await node.offers(Self.byOther) == [wrong.id.string])
            _ = try await node.updateVariant(variant, ", \"gtin\": \"\(Self.gtin)\"")
          default:
            _ = try await node.unpublishProduct(wrong.id.string)
            _ = try await node.publishProduct(wrong.id.string)
          }
        }
        let stale = await failure { try await node.joinPage([variant], to: Self.page, etag: "v1") }
        #expect(stale?.reason == "ETAG_MISMATCH")
        let new = try await node.joinPage([variant])
        #expect(try await node.offers("\"id\": \"\(new.id)\"") == [wrong.id.string] && new.gtins.isEmpty)
        let elsewhere = await failure { try await node.joinPage([variant], to: Self.page) }
        #expect(elsewhere?.reason == "VARIANT_JOINED" && elsewhere?.metadata == ["page_id": new.id.string])
        try await node.leavePage([variant], from: new.id.string)
        try await node.joinPage([variant], to: Self.page)
        #expect(try await node.offers(Self.byGTIN).count == 2)
        #expect(try await shop.pageEvents() == ["left", "joined", "left", "joined"])
      }
    }

    @Test("what staff have decided about a variant can be taken back: then it is where its GTIN is")
    func releasing() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, seller) = (nodes[0], try await shop.sellers()[0])
        let offer = try await node.createOffer(shop, of: seller, gtin: Self.gtin)
        let variant = offer.variants[0].id.string
        try await node.leavePage([variant], from: Self.page)
        #expect(try await node.offers(Self.byGTIN).isEmpty)
        let released = try await node.releaseToPage([variant], of: Self.page)
        #expect(released.removedVariantIDs.isEmpty && released.joinedVariantIDs.isEmpty)
        #expect(try await node.offers(Self.byGTIN) == [offer.id.string])
        _ = try await node.updateVariant(variant, ", \"gtin\": \"\(Self.other)\"")
        #expect(try await node.offers(Self.byGTIN).isEmpty, "it is not joined to the page")
        #expect(try await node.offers(Self.byOther) == [offer.id.string])
        try await node.joinPage([variant], to: Self.page)
        try await node.releaseToPage([variant], of: Self.page)
        #expect(try await node.offers(Self.byOther) == [offer.id.string], "one that was joined, too")
        let absent = await failure { try await node.releaseToPage([variant], of: TestID.next()) }
        #expect(absent?.code == .notFound)
      }
    }

    @Test("a page has the texts of the product that staff have chosen, while that is an offer")
    func source() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let oldest = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin).id
        let newer = try await node.createOffer(shop, of: sellers[1], gtin: Self.gtin).id
        #expect(try await node.choose(newer.string, for: Self.page).chosenProductID == newer)
        #expect(try await node.productPage(Self.byGTIN).product?.id == newer)
        _ = try await node.unpublishProduct(newer.string)
        #expect(try await node.productPage(Self.byGTIN).product?.id == oldest)
        try await node.deleteProduct(newer.string)
        let managed = try await node.productPages.getManagedProductPage(
          request(GetManagedProductPageRequest.self) { $0.pageID = $0.text(Self.page) })
        #expect(managed.page?.chosenProductID.isEmpty == true)
      }
    }

    @Test("a page keeps the texts of its first offer when an older product gets its GTIN")
    func firstOffer() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let older = try await node.createOffer(shop, of: sellers[0], gtin: Self.other)
        let joined = try await node.createOffer(shop, of: sellers[1], gtin: Self.other)
        let first = try await node.createOffer(shop, of: sellers[2], gtin: Self.gtin)
        _ = try await node.updateVariant(older.variants[0].id.string, ", \"gtin\": \"\(Self.gtin)\"")
        #expect(try await node.productPage(Self.byGTIN).product?.id == first.id)
        try await node.joinPage([joined.variants[0].id.string], to: Self.page)
        #expect(try await node.productPage(Self.byGTIN).product?.id == first.id)
        // The same number, and other changes of the variant, are no other GTIN.
        for fields in [", \"gtin\": \"0\(Self.gtin)\"", ", \"weight_grams\": 5"] {
          _ = try await node.updateVariant(first.variants[0].id.string, fields)
          #expect(try await node.productPage(Self.byGTIN).product?.id == first.id, "\(fields)")
        }
        #expect(try await node.offers(Self.byGTIN).count == 3)
      }
    }

    @Test("a merged page answers with the other one, which gets its offers, and the merge can be ended")
    func merging() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let one = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin, price: 100)
        let two = try await node.createOffer(shop, of: sellers[1], gtin: Self.other, price: 200).id.string
        #expect(try await node.mergePage(Self.page, into: Self.otherPage).mergedIntoID == Self.otherPage)
        let three = try await node.createOffer(shop, of: sellers[2], gtin: Self.gtin, price: 300).id.string
        let all = [one.id.string, two, three]
        for key in [Self.byGTIN, Self.byOther, "\"product_id\": \"\(three)\"", "\"id\": \"\(Self.page)\""] {
          #expect(try await node.offers(key) == all, "\(key)")
        }
        let former = try await node.productPage("\"id\": \"\(Self.page)\"")
        #expect(former.isFormer && former.page?.id.string == Self.otherPage && former.page?.gtins.count == 2)
        let merged = await failure { try await node.joinPage([one.variants[0].id.string], to: Self.page) }
        #expect(merged?.reason == "PRODUCT_PAGE_MERGED" && merged?.metadata == ["page_id": Self.otherPage])
        let circle = await failure { try await node.mergePage(Self.otherPage, into: Self.page) }
        #expect(circle?.reason == "PRODUCT_PAGE_MERGED")
        try await node.leavePage([one.variants[0].id.string], from: Self.otherPage)
        #expect(try await node.offers(Self.byGTIN) == [two, three])
        #expect(try await node.mergePage(Self.page).mergedIntoID.isEmpty)
        #expect(try await node.offers(Self.byGTIN) == [one.id.string, three])
        #expect(try await node.offers(Self.byOther) == [two])
      }
    }

    @Test("of works that join a variant to several pages at once, one succeeds")
    func joinsAtOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let sellers = try await shop.sellers()
        let variant = try await nodes[0].createOffer(shop, of: sellers[0], gtin: Self.gtin).variants[0].id.string
        let refusals = try await InventoryTests.atOnce(6) { index in
          await failure { try await nodes[index % 2].joinPage([variant]) }?.reason
        }
        #expect(refusals.filter { $0 == nil }.count == 1)
        #expect(refusals.filter { $0 == "VARIANT_JOINED" }.count == 5)
      }
    }

    @Test("pages that are merged into each other at once become one page")
    func mergesAtOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let refusals = try await InventoryTests.atOnce(4) { index in
          await failure {
            let pages = index % 2 == 0 ? (Self.page, Self.otherPage) : (Self.otherPage, Self.page)
            try await nodes[index % 2].mergePage(pages.0, into: pages.1)
          }?.reason
        }
        #expect(refusals.filter { $0 == nil }.count == 1)
        #expect(refusals.filter { $0 == "PRODUCT_PAGE_MERGED" }.count == 3)
      }
    }

    /// What is merged before, what is done then, and which page is free while that waits for the one of the lowest id.
    private static let pageLocks: [(merges: [(String, String)], work: (String, String), isFree: String)] = [
      (merges: [(otherPage, page)], work: (otherPage, ""), isFree: otherPage),
      (merges: [(page, otherPage)], work: (otherPage, thirdPage), isFree: otherPage),
      (merges: [], work: (otherPage, page), isFree: otherPage),
    ]

    @Test("merges, and their ends, lock all their pages in the order of the ids", arguments: pageLocks)
    func lockOrder(merges: [(String, String)], work: (String, String), isFree: String) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let node = nodes[0]
        for id in [Self.page, Self.otherPage, Self.thirdPage] { try await node.choose("", for: id) }
        for (page, target) in merges { try await node.mergePage(page, into: target) }
        let waiting = try await shop.whileLocked {
          "SELECT FROM catalog.product_page WHERE id = \(Self.page)::uuid"
        } free: {
          "SELECT FROM catalog.product_page WHERE id = \(isFree)::uuid"
        } _: {
          _ = try await node.mergePage(work.0, into: work.1)
        }
        try await waiting.value
      }
    }

    @Test("a page has at most 200 offers and 200 joined variants")
    func bounds() async throws {
      let shop = try await TestShop.make(products: 300)
      try await shop.serve { nodes in
        _ = try await shop.run { database in
          try await database.execute("UPDATE catalog.variant SET gtin = '4006381333931' WHERE position = 1")
        }
        let variants = try await shop.run { database in
          try await database.rows("SELECT v.id FROM catalog.variant v WHERE v.position = 1 LIMIT 201").map {
            try $0.string("id")
          }
        }
        let page = try await nodes[0].joinPage([variants[200]], to: Self.page).id.string
        for start in stride(from: 0, to: 150, by: 50) {
          try await nodes[0].joinPage(Array(variants[start..<start + 50]), to: page)
        }
        let full = await failure { try await nodes[0].joinPage(Array(variants[150..<200]), to: page) }
        #expect(full?.reason == "PRODUCT_PAGE_FULL")
        #expect(try await nodes[0].joinPage(Array(variants[150..<199]), to: page).joinedVariantIDs.count == 200)
        #expect(try await nodes[0].productPage(Self.byGTIN).page?.offerCount == 200)
      }
    }

    @Test("a seller with hundreds of variants of a GTIN keeps no other seller off the page")
    func manyOfOneSeller() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        let many = try await node.createOffer(shop, of: sellers[0], gtin: Self.gtin, price: 300).id.string
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO catalog.variant (product_id, seller_id, position, sku, title, options, price_minor, currency,
                                         gtin)
            SELECT v.product_id, v.seller_id, v.position + n, v.sku || '-' || n, n::text, v.options, 400, v.currency,
                   v.gtin
              FROM catalog.variant v, generate_series(1, 240) n
             WHERE v.product_id = \(many)::uuid
            """)
        }
        let cheap = try await node.createOffer(shop, of: sellers[1], gtin: Self.gtin, price: 100).id
        let dear = try await node.createOffer(shop, of: sellers[2], gtin: Self.gtin, price: 500).id
        let offers = try await node.offers(Self.byGTIN)
        #expect(offers.count == 12 && offers.prefix(2) == [cheap.string, many])
        #expect(offers.contains(dear.string))
      }
    }

    @Test("a seller can give ten variants the same GTIN, whichever method writes it")
    func variantsOfSeller() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let (node, sellers) = (nodes[0], try await shop.sellers())
        var variants: [String] = []
        for number in 1...11 {
          // GTINs are compared in 14 digits.
          let gtin = number == 11 ? Self.other : number.isMultiple(of: 2) ? Self.gtin : "0\(Self.gtin)"
          variants.append(
            try await node.createOffer(shop, of: sellers[0], gtin: gtin, stock: 0, isPublished: false).variants[0].id
              .string)
        }
        let last = variants[10]
        let refused = await failure { _ = try await node.updateVariant(last, ", \"gtin\": \"\(Self.gtin)\"") }
        #expect(refused?.reason == "TOO_MANY_VARIANTS_OF_GTIN" && refused?.code == .failedPrecondition)
        #expect(refused?.metadata == ["gtin": Self.gtin] && refused?.fields == ["variant.gtin"])
        let category = try await node.product().categoryID.string
        let row = """
          {"external_id": "eleventh", "title": "Desk", "category_id": "\(category)",
           "variants": [{"sku": "eleventh", "gtin": "\(Self.gtin)",
                         "price": {"amount_minor": 1, "currency": "EUR"}}]}
          """
        let refusal = "TOO_MANY_VARIANTS_OF_GTIN variants[0].gtin"
        #expect(try await node.upsertProducts([row], seller: sellers[0]) == [refusal])
        #expect(try await node.upsertProducts([row], seller: sellers[1]) == ["created"])
        _ = try await node.updateVariant(variants[0], "", mask: "gtin")
        let again = row.replacing("eleventh", with: "twelfth")
        #expect(try await node.upsertProducts([row, again], seller: sellers[0]) == ["created", refusal])
        _ = try await node.updateVariant(variants[1], "", mask: "gtin")
        let free = [variants[0], variants[1], last]
        let results = try await InventoryTests.atOnce(3) { index in
          await failure { _ = try await nodes[index % 2].updateVariant(free[index], ", \"gtin\": \"\(Self.gtin)\"") }?
            .reason
        }
        #expect(results.filter { $0 == nil }.count == 1)
      }
    }
  }
}

extension TestShop {
  /// The types of the events about product pages, in their order.
  fileprivate func pageEvents() async throws -> [String] {
    try await run { database in
      try await database.rows(
        "SELECT e.type FROM platform.event e WHERE e.topic = 'catalog.product_page' ORDER BY e.seq"
      ).map { try $0.string("type") }
    }
  }
}
