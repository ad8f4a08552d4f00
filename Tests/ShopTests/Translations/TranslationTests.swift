import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import SellersAPI
import Testing

extension ShopTests {
  @Suite struct TranslationTests {
    /// What is accepted, and the title, the description and the language that a shopper reads.
    private static let reads: [(header: String?, title: String, description: String, locale: String)] = [
      (nil, "Desk", "Of oak.", ""), ("en", "Desk", "Of oak.", ""), ("*", "Desk", "Of oak.", ""),
      ("en,de;q=0.9", "Desk", "Of oak.", ""), ("sv", "Desk", "Of oak.", ""), ("no language", "Desk", "Of oak.", ""),
      ("de", "Schreibtisch", "Aus Eiche.", "de"), ("de-CH", "Schreibtisch", "Aus Eiche.", "de"),
      ("de-AT", "Schreibpult", "Aus Eiche.", "de-AT"), ("sv,de-AT;q=0.5", "Schreibpult", "Aus Eiche.", "de-AT"),
      // What is lacking is as it was written, not in a third language.
      ("fr,de;q=0.9", "Bureau", "Of oak.", "fr"), ("de;q=0.8,fr", "Bureau", "Of oak.", "fr"),
    ]

    @Test("a shopper reads the best language that is there, then its base language, then what was written")
    func reading() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let id = try await Self.publishedProduct(nodes[0])
        try await nodes[0].translate(id, to: "de", ["title": "Schreibtisch", "description": " Aus Eiche. "])
        try await nodes[0].translate(id, to: "de-at", ["title": "Schreibpult"])
        try await nodes[0].translate(id, to: "fr", ["title": "Bureau"])
        for (header, title, description, locale) in Self.reads {
          let product = try await nodes[0].read(id, header)
          let found = [product.title, product.description, product.locale].map(\.string)
          #expect(found == [title, description, locale], "\(header ?? "none")")
        }
        let draft = try await nodes[0].draft(id, options: .accepting("de"))
        #expect(draft.title == "Desk" && draft.locale == "", "who edits reads what was written")
        let echo = await failure { _ = try await nodes[0].updateProduct(id, ", \"title\": \"A\", \"locale\": \"de\"") }
        #expect(echo?.fields == ["product.locale"])
      }
    }

    @Test("options, titles of variants, alternative texts and choices of the type are translated, too")
    func partsOfProducts() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let (id, image) = try await Self.productWithImage(nodes[0])
        let type = try await nodes[0].createProductType(
          """
          {"code": "wood", "title": "Wood", "kind": "ATTRIBUTE_KIND_CHOICE", "choices": ["Oak", "Ash"]}
          """)
        _ = try await nodes[0].updateProduct(
          id, ", \"product_type_id\": \"\(type)\", \"attributes\": [{\"code\": \"wood\", \"text\": \"Oak\"}]")
        try await nodes[0].translate(
          id, to: "de", ["options[Colour]": "Farbe", "options[Colour][Oak]": "Eiche", "images[\(image)].alt": "Pult"])
        try await nodes[0].translate(
          type, .productType, to: "de",
          ["attributes[wood].title": "Holz", "attributes[wood].choices[Oak]": "Eichenholz"])
        let product = try await nodes[0].read(id, "de")
        let options = product.variants.map { "\($0.title): \($0.options[0].name) \($0.options[0].value)" }
        #expect(options == ["Eiche: Farbe Eiche", "Ash: Farbe Ash"] && product.title == "Desk")
        #expect(product.images.map(\.alt.string) == ["Pult"])
        guard case .text(let choice)? = product.attributes[0].value else { throw TestFailure() }
        #expect(choice == "Eichenholz")
        let types = try await ProductTypeClient(nodes[0].channel).listProductTypes(
          request(ListProductTypesRequest.self), options: .accepting("de")
        ).productTypes
        let attribute = try #require(types.first { $0.id == type }).attributes[0]
        #expect(attribute.title == "Holz" && attribute.choices.map(\.string) == ["Eichenholz", "Ash"])
      }
    }

    @Test("lists, batches, categories and shops are read in the language, each element in its own best one")
    func lists() async throws {
      try await TestShop.make(products: 20).serve(loops: 1) { nodes in
        let (node, ids) = (
          nodes[0], try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        )
        let (first, second) = (ids[0].id.string, ids[1].id.string)
        try await node.translate(first, to: "sv", ["title": "Skrivbord"])
        try await node.translate(second, to: "fr", ["title": "Bureau"])
        let listed = try await node.catalog.listProducts(
          request(ListProductsRequest.self), options: .accepting("sv,fr;q=0.5"))
        #expect(listed.products.prefix(3).map(\.title.string) == ["Skrivbord", "Bureau", ids[2].title.string])
        #expect(listed.products.prefix(3).map(\.locale.string) == ["sv", "fr", ""])
        let category = ids[0].categoryID.string
        try await node.translate(category, .category, to: "sv", ["title": "Bord"])
        let got = try await node.catalog.getCategory(
          request(GetCategoryRequest.self) { $0.key = .id($0.text(category)) }, options: .accepting("sv"))
        #expect(got.category?.title == "Bord" && got.category?.locale == "sv")
        let tree = try await node.catalog.listCategories(
          request(ListCategoriesRequest.self), options: .accepting("sv")
        ).categories
        #expect(tree.filter { $0.locale == "sv" }.map(\.id.string) == [category])
        let seller = ids[0].sellerID.string
        try await node.translate(seller, .shop, to: "sv", ["description": "Bord och stolar."])
        let shop = try await SellerClient(node.channel).getShop(
          request(GetShopRequest.self) { $0.key = .sellerID($0.text(seller)) }, options: .accepting("sv")
        ).shop
        let texts: [Text?] = [shop?.description, shop?.locale, shop?.etag]
        #expect(texts.map { $0?.string } == ["Bord och stolar.", "sv", "v2"])
      }
    }

    @Test("a batch has each product once, in the order of the request, and names what is not there")
    func batches() async throws {
      try await TestShop.make(products: 20).serve(loops: 1) { nodes in
        let ids = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products.map(\.id.string)
        let hidden = try await nodes[0].createProduct().id.string
        let asked = [ids[4], TestID.next(), ids[0], ids[4], hidden, ids[9]]
        let batch = try await nodes[0].catalog.batchGetProducts(
          request(BatchGetProductsRequest.self) { for id in asked { $0.ids.append($0.text(id.uppercased())) } },
          options: .accepting("de"))
        #expect(batch.products.map(\.id.string) == [ids[4], ids[0], ids[9]])
        #expect(batch.missingIDs.map(\.string) == [asked[1], hidden])
      }
    }

    @Test("what is not translated, or has changed since, is listed until it is translated again")
    func missing() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(loops: 1) { nodes in
        let (node, id) = (nodes[0], try await Self.publishedProduct(nodes[0]))
        #expect(try await node.lacking("sv")[id] == false)
        try await node.translate(id, to: "sv", ["title": "Skrivbord"])
        #expect(try await node.lacking("sv")[id] == true)
        #expect(try await Self.state(node, id) == [["options[Colour]", "options[Colour][Oak]", "description"], []])
        try await node.translate(
          id, to: "sv", ["options[Colour]": "Färg", "options[Colour][Oak]": "Ek", "description": "Av ek."])
        #expect(try await node.lacking("sv")[id] == nil)
        _ = try await node.updateProduct(id, ", \"title\": \"Bench\"")
        #expect(try await Self.state(node, id) == [[], ["title"]])
        #expect(try await node.lacking("sv")[id] == true)
        #expect(try await node.read(id, "sv").title == "Skrivbord")
        try await node.translate(id, to: "sv", ["title": "Bänk"])
        #expect(try await node.lacking("sv")[id] == nil)
        _ = try await node.createVariants(id, [("Colour", ["Oak", "Ash"])])
        #expect(try await Self.state(node, id) == [["options[Colour][Ash]"], []])
        #expect(try await node.lacking("sv")[id] == true)
        try await node.translate(id, to: "sv", ["options[Colour][Ash]": "Ask", "title": ""])
        #expect(try await Self.state(node, id) == [["title"], []])
        #expect(try await node.read(id, "sv").title == "Bench")
        // The other kinds follow their texts in the same way.
        let type = try await node.createProductType(
          "{\"code\": \"wood\", \"title\": \"Wood\", \"kind\": \"ATTRIBUTE_KIND_TEXT\"}")
        try await node.translate(type, .productType, to: "sv", ["attributes[wood].title": "Trä"])
        #expect(try await node.lacking("sv", .productType)[type] == nil)
        let seller = try await node.product().sellerID.string
        try await node.translate(seller, .shop, to: "sv", ["description": "Bord."])
        #expect(try await node.lacking("sv", .shop)[seller] == nil)
        _ = try await SellerClient(node.channel).updateShop(
          try UpdateShopRequest(
            json: """
              {"profile": {"seller_id": "\(seller)", "description": "Desks"}, "request_id": "\(TestID.next())"}
              """, in: Arena()))
        #expect(try await node.lacking("sv", .shop)[seller] == true)
      }
    }

    private static let kinds: [TranslatedKind] = [.product, .category, .productType, .shop, .collection]

    @Test("a page looks at a bounded number of resources, and the next one goes on behind them", arguments: kinds)
    func boundedPages(of kind: TranslatedKind) async throws {
      let shop = try await TestShop.make(products: 30)
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO platform.translation (resource_id, locale, texts, sources, is_current, updated_at)
          SELECT p.id, 'fr', '{"title": "Lampe"}', '{}', true, now()
            FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM catalog.product) p
           WHERE p.number NOT IN (1, 12, 13)
          """)
      }
      let whole = try await shop.missing(kind, size: 250, lookingAt: 100_000)
      #expect(whole.pages == 1)
      for (size, looked) in [(250, 7), (1, 7), (1, 1), (2, 3)] as [(Int32, Int)] {
        let walked = try await shop.missing(kind, size: size, lookingAt: looked)
        #expect(walked.ids == whole.ids, "\(size) \(looked)")
        if kind != .product || size < 250 { continue }
        let products = try await shop.number { "SELECT count(*) AS n FROM catalog.product" }
        #expect((1...3).contains(whole.ids.count) && walked.pages == Int(products + 6) / 7)
      }
    }

    @Test("a change is of the version that the caller knows, moves it, is audited and told, and ends with the resource")
    func changes() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(loops: 1) { nodes in
        let (node, id) = (nodes[0], try await Self.publishedProduct(nodes[0]))
        let etag = try await node.draft(id).etag.string
        let changed = try await node.translate(id, to: "sv", ["title": "Skrivbord"], etag: etag)
        #expect(changed.translation?.locale == "sv" && changed.translation?.texts.count == 1)
        let now = try await node.draft(id).etag.string
        #expect(changed.etag.string == now && now != etag)
        let stale = await failure { try await node.translate(id, to: "sv", ["title": "Bord"], etag: etag) }
        #expect(stale?.code == .aborted && stale?.metadata["etag"] == now)
        let copy = try await node.duplicateProduct(id).id.string
        #expect(try await node.translations(of: copy, in: "sv").translations.map(\.texts.count) == [1])
        let emptied = try await node.translate(id, to: "sv", ["title": ""])
        #expect(emptied.translation == nil)
        #expect(try await node.translations(of: id).translations.isEmpty)
        try await node.deleteProduct(copy)
        #expect(try await shop.number { "SELECT count(*) AS n FROM platform.translation WHERE locale = 'sv'" } == 0)
        let recorded = try await shop.number {
          """
          SELECT (SELECT count(*) FROM audit.entry a
                   WHERE a.resource_id = \(id) AND a.action = 'catalog.translation.set')
                 * 10 + (SELECT count(*) FROM platform.event e
                          WHERE e.topic = 'catalog.translation' AND e.key = \(id)::uuid AND e.type = 'changed') AS n
          """
        }
        #expect(recorded == 22)
      }
    }

    @Test("a resource has texts in 50 languages, and no more")
    func bounds() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let id = try await Self.publishedProduct(nodes[0])
        let letters = "abcdefghijklmnopqrstuvwxy"
        let tags = "xq".flatMap { first in letters.map { "\(first)a\($0)" } }
        for tag in tags { try await nodes[0].translate(id, to: tag, ["title": "A"]) }
        let refused = await failure { try await nodes[0].translate(id, to: "sv", ["title": "A"]) }
        #expect(refused?.code == .failedPrecondition && refused?.reason == "TOO_MANY_LOCALES")
        try await nodes[0].translate(id, to: tags[7], ["title": "B"])
        try await nodes[0].translate(id, to: tags[7], ["title": ""])
        try await nodes[0].translate(id, to: "sv", ["title": "A"])
        let listed = try await nodes[0].translations(of: id)
        #expect(listed.translations.count == 50 && listed.sources["title"] == "Desk")
      }
    }

    @Test("languages cost a statement only where there are translations")
    func statements() async throws {
      try await TestShop.make(products: 20).serve(loops: 1) { nodes in
        let node = nodes[0]
        for (header, count) in [(nil, 1), ("en", 1), ("sv-FI,en;q=0.5", 1), ("de", 2)] as [(String?, Int)] {
          let options = header.map { CallOptions.accepting($0) } ?? CallOptions()
          let asked = try await node.statements {
            _ = try await node.catalog.listProducts(request(ListProductsRequest.self), options: options)
          }
          #expect(asked == count, "\(header ?? "none")")
        }
      }
    }

    @Test("the demo shop has all texts of some categories and products in German and Japanese")
    func demoShop() async throws {
      try await TestShop.make(products: 20).serve(loops: 1) { nodes in
        for locale in ["de", "ja"] {
          let products = try await nodes[0].lacking(locale)
          #expect(products.count == 17 && !products.values.contains(true))
          #expect(try await nodes[0].lacking(locale, .category).values.contains(true) == false)
        }
        let listed = try await nodes[0].catalog.listCategories(
          request(ListCategoriesRequest.self), options: .accepting("ja"))
        #expect(listed.categories.filter { $0.locale == "ja" }.count == 10)
        let products = try await nodes[0].catalog.listProducts(
          request(ListProductsRequest.self), options: .accepting("ja")
        ).products.filter { $0.locale == "ja" }
        #expect(products.count == 3)
        for product in products {
          let found = try #require(try await nodes[0].translations(of: product.id.string, in: "ja").translations.first)
          #expect(found.missing.isEmpty && found.outdated.isEmpty, "\(product.title)")
        }
      }
    }

    /// A product on sale with one variant, a title and a description.
    private static func publishedProduct(_ node: TestNode) async throws -> String {
      try await productWithImage(node, alt: "").id
    }

    private static func productWithImage(
      _ node: TestNode, alt: String = "A desk"
    ) async throws -> (id: String, image: String) {
      let id = try await node.createProduct("Desk", ", \"description\": \"Of oak.\"").id.string
      _ = try await node.upload(try await node.media.image(), to: id, alt: alt)
      let colours = alt.isEmpty ? ["Oak"] : ["Oak", "Ash"]
      _ = try await node.createVariants(id, [("Colour", colours)])
      return (id, try #require(try await node.publishProduct(id).images.first).id.string)
    }

    /// The paths that the Swedish translation lacks, and those that are outdated.
    private static func state(_ node: TestNode, _ id: String) async throws -> [Set<String>] {
      let found = try #require(try await node.translations(of: id, in: "sv").translations.first)
      return [found.missing, found.outdated].map { Set($0.map(\.string)) }
    }
  }
}

private struct TestFailure: Error {}
