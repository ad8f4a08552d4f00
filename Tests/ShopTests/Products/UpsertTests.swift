import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

extension ShopTests {
  @Suite struct UpsertTests {
    private static let absent = "018cc251-f400-7ade-9e36-000000000000"

    /// A row, with fields behind a comma. It has a title and a category, unless these fields do.
    private static func row(_ externalID: String, in category: String, _ fields: String = "") -> String {
      let usual = [("title", "Desk"), ("category_id", category)].filter { !fields.contains("\"\($0.0)\"") }
        .map { ", \"\($0)\": \"\($1)\"" }
      return "{\"external_id\": \"\(externalID)\"\(usual.joined())\(fields)}"
    }

    /// A variant with one option.
    private static func variant(
      _ sku: String, _ colour: String, _ price: Int = 100, _ currency: String = "EUR", option: String = "Colour"
    ) -> String {
      """
      {"sku": "\(sku)", "price": {"amount_minor": \(price), "currency": "\(currency)"},
       "options": [{"name": "\(option)", "value": "\(colour)"}]}
      """
    }

    private static func variants(_ variants: String...) -> String {
      ", \"variants\": [\(variants.joined(separator: ","))]"
    }

    /// Fields of a new product, and how its row ends.
    private static let newProducts: [(fields: String, outcome: String)] = [
      (variants(variant("A-1", "Oak"), variant("A-2", "Ash", 90)), "created"), ("", "created"),
      (", \"tags\": [\"oak\"], \"metadata\": {\"erp\": \"7\"}, \"slug\": \"upserted\"", "created"),
      (", \"slug\": \"upserted\"", "SLUG_TAKEN slug"), (", \"slug\": \"A\"", "INVALID_FIELDS slug"),
      (", \"category_id\": \"\(absent)\"", "RESOURCE_NOT_FOUND category_id"),
      (", \"category_id\": \"\"", "INVALID_FIELDS category_id"), (", \"title\": \"\"", "INVALID_FIELDS title"),
      (", \"product_type_id\": \"\(absent)\"", "RESOURCE_NOT_FOUND product_type_id"),
      (", \"attributes\": [{\"code\": \"a\", \"flag\": true}]", "INVALID_FIELDS attributes"),
      (", \"etag\": \"v1\"", "RESOURCE_NOT_FOUND etag"), (", \"etag\": \"1\"", "INVALID_FIELDS etag"),
      (variants(variant("A-1", "Oak")), "SKU_TAKEN variants[0].sku"),
      (variants(variant("B-1", "Oak", 0)), "INVALID_FIELDS variants[0].price.amount_minor"),
      (variants(variant("B-1", "Oak"), "{\"sku\": \"B-2\"}"), "INVALID_FIELDS variants[1].price"),
      (variants("{\"sku\": \"B-1\", \"gtin\": \"4006381333932\"}"), "INVALID_FIELDS variants[0].gtin"),
      (variants("{\"sku\": \"B-1\", \"weight_grams\": -1}"), "INVALID_FIELDS variants[0].weight_grams"),
      (variants(variant("B-1", "Oak"), variant("B-1", "Ash")), "INVALID_FIELDS variants[1].sku"),
      (variants(variant("B-1", "Oak"), variant("B-2", "Ash", 1, "USD")), "INVALID_FIELDS variants[1].price.currency"),
      (variants(variant("B-1", "Oak"), variant("B-2", "L", option: "Size")), "OPTIONS_DIFFER variants[1].options"),
      (variants(variant("B-1", "Oak"), variant("B-2", "Oak")), "OPTIONS_TAKEN variants[1].options"),
    ]

    @Test("each row has its outcome, one that is refused harms no other, and sent again nothing more is written")
    func outcomes() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let category = try await nodes[0].product().categoryID.string
        let rows =
          Self.newProducts.enumerated().map { Self.row("n\($0)", in: category, $1.fields) } + [
            Self.row("n0", in: category), "{\"title\": \"Desk\", \"category_id\": \"\(category)\"}",
          ]
        let expected = Self.newProducts.map(\.outcome) + ["INVALID_FIELDS external_id", "INVALID_FIELDS external_id"]
        let id = TestID.next()
        #expect(try await nodes[0].upsertProducts(rows, id: id) == expected)
        #expect(try await shop.wrongProducts() == 0)
        let before = try await Self.written(in: shop)
        #expect(try await nodes[1].upsertProducts(rows, id: id) == expected)
        let again = expected.map { $0 == "created" ? "unchanged" : $0 }
        #expect(try await nodes[1].upsertProducts(rows) == again)
        #expect(try await Self.written(in: shop) == before)
        let audited = try await shop.number {
          "SELECT count(*) AS n FROM audit.entry WHERE action = 'catalog.product.upsert' AND before IS NULL"
        }
        #expect(audited == 3)
      }
    }

    /// What grows with every change.
    private static func written(in shop: TestShop) async throws -> Int64 {
      try await shop.number {
        """
        SELECT (SELECT count(*) FROM platform.event) + (SELECT count(*) FROM audit.entry)
               + (SELECT sum(version) FROM catalog.product)
               + (SELECT sum(hashtext(xmin::text)) FROM catalog.variant) AS n
        """
      }
    }

    /// What is written of a product with the variants `C-1`, Oak, and `C-2`, Ash; the mask; how the row ends; the
    /// product's title, description, number of variants and price afterwards; the events.
    private static let changes: [(fields: String, mask: String, outcome: String, after: String, events: [String])] = [
      (", \"title\": \"Bed\"", "", "updated", "Bed A 2 100", ["updated"]),
      (", \"title\": \" Bed \"", "", "unchanged", "Bed A 2 100", []),
      (", \"title\": \"Lamp\", \"description\": \"\"", "description", "updated", "Bed  2 100", ["updated"]),
      (variants("{\"sku\": \"C-2\"}"), "", "unchanged", "Bed  2 100", []),
      (variants("{\"sku\": \"C-2\", \"weight_grams\": 9}"), "", "updated", "Bed  2 100", ["variants_changed"]),
      (variants(variant("C-2", "Ash", 80)), "", "updated", "Bed  2 80", ["variants_changed"]),
      (variants(variant("C-1", "Ash"), variant("C-2", "Oak", 80)), "", "updated", "Bed  2 80", ["variants_changed"]),
      (
        variants(variant("C-2", "Oak", 80, "USD")), "", "INVALID_FIELDS variants[0].price.currency", "Bed  2 80", []
      ),
      (
        ", \"title\": \"Lamp\"" + variants(variant("C-3", "Elm", 70)), "", "updated", "Lamp  3 70",
        ["updated", "variants_changed"]
      ),
      (variants(variant("C-4", "Elm")), "title", "INVALID_FIELDS title", "Lamp  3 70", []),
      (", \"title\": \"A\", \"etag\": \"v1\"", "", "ETAG_MISMATCH etag", "Lamp  3 70", []),
      ("", "", "unchanged", "Lamp  3 70", []),
      (", \"status\": \"PRODUCT_STATUS_ACTIVE\"", "", "INVALID_FIELDS status", "Lamp  3 70", []),
    ]

    @Test("a row changes what it names, and a change has the events of single ones")
    func changesOfProducts() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let category = try await nodes[0].product().categoryID.string
        let fields = ", \"description\": \"A\"" + Self.variants(Self.variant("C-1", "Oak"), Self.variant("C-2", "Ash"))
        try await nodes[0].upsertProducts([Self.row("7", in: category, fields)])
        let found = try await shop.run { database in
          try await database.rows("SELECT id FROM catalog.product WHERE external_id = '7'").map { try $0.string("id") }
        }
        let id = try #require(found.first)
        var events = ["created"]
        var version = 1
        for (fields, mask, outcome, after, told) in Self.changes {
          let outcomes = try await nodes[0].upsertProducts(["{\"external_id\": \"7\"\(fields)}"], mask: mask)
          #expect(outcomes == [outcome], "\(fields)")
          let product = try await nodes[0].draft(id)
          let (title, text, price) = (product.title, product.description as Text, product.price?.amountMinor ?? 0)
          #expect("\(title) \(text) \(product.variants.count) \(price)" == after, "\(fields)")
          events += told
          if outcome == "updated" { version += 1 }
          #expect(product.etag.string == "v\(version)", "\(fields)")
        }
        #expect(try await shop.events(of: id) == events)
        #expect(try await nodes[0].draft(id).variants.map { $0.options[0].value.string } == ["Ash", "Oak", "Elm"])
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("products on sale change lists and counts with the call, and stay complete")
    func productsOnSale() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let type = try await nodes[0].createProductType(
          "{\"code\": \"size\", \"title\": \"Size\", \"kind\": \"ATTRIBUTE_KIND_TEXT\", \"is_required\": true}")
        let made = try await nodes[0].createCompleteProduct()
        let (id, former, sku) = (made.id.string, made.categoryID.string, made.variants[0].sku.string)
        _ = try await nodes[0].updateProduct(id, ", \"external_id\": \"7\"")
        _ = try await nodes[0].publishProduct(id)
        let on = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let other = try #require(on.map(\.categoryID.string).first { $0 != former })
        let moved = """
          {"external_id": "7", "category_id": "\(other)",
           "variants": [{"sku": "\(sku)", "price": {"amount_minor": 50, "currency": "EUR"}}]}
          """
        #expect(try await nodes[0].upsertProducts([moved]) == ["updated"])
        #expect(try await nodes[0].listed(in: other).contains(id))
        #expect(try await nodes[0].listed(in: former).contains(id) == false)
        #expect(try await nodes[0].draft(id).price?.amountMinor == 50)
        let typed = "{\"external_id\": \"7\", \"product_type_id\": \"\(type)\"}"
        #expect(try await nodes[0].upsertProducts([typed]) == ["PRODUCT_INCOMPLETE attributes.size"])
        #expect(try await CategoryTests.wrong(in: shop) == 0)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("a seller reaches no other seller's products, and keeps nobody waiting who names them")
    func otherSellers() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let products = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let product = try #require(products.first)
        let other = try #require(products.first { $0.sellerID != product.sellerID })
        let externalID = try await nodes[0].draft(other.id.string).externalID.string
        var options = CallOptions()
        options.timeout = .seconds(20)
        options.metadata.add(TestAuthenticator.caller, TestCaller.seller.rawValue)
        options.metadata.add(TestAuthenticator.seller, product.sellerID.string)
        let (node, asSeller, foreign, foreignSeller) = (nodes[0], options, other.id.string, other.sellerID.string)
        let named = Self.variants(Self.variant(other.variants[0].sku.string, "Oak"))
        let rows = [Self.row(externalID, in: other.categoryID.string, named)]
        try await shop.run { database in
          try await database.transaction { transaction in
            try await transaction.execute("SELECT FROM catalog.product WHERE id = \(foreign)::uuid FOR UPDATE")
            let refusal = await failure {
              try await node.upsertProducts(rows, seller: foreignSeller, options: asSeller)
            }
            #expect(refusal?.code == .notFound)
            #expect(try await node.upsertProducts(rows, seller: "", options: asSeller) == ["created"])
          }
        }
      }
    }

    @Test("an upsert takes the same number of statements, however many rows it has")
    func statements() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let category = try await nodes[0].product().categoryID.string
        let seller = try await nodes[0].product().sellerID.string
        // The hub reads what an upsert has written to the log, on the same loop: it is not the call's.
        await nodes[0].hub.stop()
        func rows(_ count: Int, _ mark: String, _ price: Int) -> [String] {
          (0..<count).map { number in
            Self.row(
              "\(mark)\(number)", in: category, Self.variants(Self.variant("\(mark)-\(number)", "Oak", price)))
          }
        }
        var made: [Int] = []
        var changed: [Int] = []
        for size in [2, 40] {
          made.append(
            try await nodes[0].statements {
              try await nodes[0].upsertProducts(rows(size, TestID.next(), 100), seller: seller)
            })
          var price = 100
          changed.append(
            try await nodes[0].statements {
              price += 1
              try await nodes[0].upsertProducts(rows(size, "s\(size)", price), seller: seller)
            })
        }
        #expect(made[0] == made[1] && changed[0] == changed[1], "\(made) \(changed)")
      }
    }

    @Test("other prices are written once for each product")
    func writesOfPrices() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let category = try await nodes[0].product().categoryID.string
        func rows(_ price: Int, _ fields: String = "") -> [String] {
          (0..<3).map {
            Self.row("w\($0)", in: category, Self.variants(Self.variant("W-\($0)", "Oak", price)) + fields)
          }
        }
        try await nodes[0].upsertProducts(rows(100))
        try await shop.run { database in
          try await database.execute("CREATE TABLE public.product_write (product_id uuid)")
          try await database.execute(
            """
            CREATE FUNCTION public.note_write() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO public.product_write VALUES (NEW.id); RETURN NULL; END $$
            """)
          try await database.execute(
            """
            CREATE TRIGGER product_is_written AFTER UPDATE ON catalog.product
              FOR EACH ROW EXECUTE FUNCTION public.note_write()
            """)
        }
        #expect(try await nodes[0].upsertProducts(rows(90)) == Array(repeating: "updated", count: 3))
        #expect(try await shop.number { "SELECT count(*) AS n FROM public.product_write" } == 3)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("upserts at once that name the same products in different orders, and single changes, all end")
    func atOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let product = try await nodes[0].product()
        let (category, seller) = (product.categoryID.string, product.sellerID.string)
        let endings = try await InventoryTests.atOnce(16) { index -> Set<String> in
          if index.isMultiple(of: 4) {
            let taken = await failure {
              _ = try await nodes[index % 2].createProduct("Desk", ", \"external_id\": \"r\(index)\"")
            }
            return [taken?.reason ?? "created"]
          }
          let rows = (0..<20).map {
            Self.row("r\($0)", in: category, Self.variants(Self.variant("R-\($0)", "Oak", 100 + index)))
          }
          return Set(
            try await nodes[index % 2].upsertProducts(index.isMultiple(of: 2) ? rows : rows.reversed(), seller: seller))
        }
        #expect(
          Set(endings.flatMap { $0 }).isSubset(of: ["created", "updated", "unchanged", "EXTERNAL_ID_TAKEN"]),
          "\(endings)")
        let made = try await shop.number { "SELECT count(*) AS n FROM catalog.product WHERE external_id LIKE 'r%'" }
        #expect(made == 20)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("products that take too much memory together are refused as a whole")
    func largeProducts() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let id = try await nodes[0].product().id.string
        try await shop.run { database in
          _ = try await database.execute(
            """
            INSERT INTO catalog.product (seller_id, category_id, slug, title, description, external_id)
            SELECT p.seller_id, p.category_id, 'large-' || n, 'Large', repeat(chr(128512), 20000), 'l' || n
              FROM catalog.product p, generate_series(1, 110) n
             WHERE p.id = \(id)::uuid
            """)
        }
        let rows = (1...110).map { "{\"external_id\": \"l\($0)\", \"brand\": \"Holt\"}" }
        let refusal = await failure { try await nodes[0].upsertProducts(rows) }
        #expect(refusal?.code == .invalidArgument && refusal?.fields == ["products"])
        #expect(try await nodes[0].upsertProducts(Array(rows.prefix(100))) == Array(repeating: "updated", count: 100))
      }
    }
  }
}
