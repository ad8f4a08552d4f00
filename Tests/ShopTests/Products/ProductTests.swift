import CatalogAPI
import Eventually
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

extension ShopTests {
  @Suite struct ProductTests {
    @Test("a product has the slug that is written, or one of its title, and former ones lead to it")
    func slugs() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let (first, second) = (try await nodes[0].createProduct("Größe L"), try await nodes[0].createProduct("Größe L"))
        #expect(first.slug == "grosse-l" && first.etag == "v1" && first.status == .draft && first.price == nil)
        #expect(second.slug.string.hasPrefix("grosse-l-") && second.slug.string.count == "grosse-l".count + 9)
        let taken = await failure { _ = try await nodes[0].createProduct("Other", ", \"slug\": \"grosse-l\"") }
        #expect(taken?.code == .alreadyExists && taken?.reason == "SLUG_TAKEN")
        let (id, other) = (first.id.string, second.id.string)
        let renaming = await failure { _ = try await nodes[0].updateProduct(other, ", \"slug\": \"grosse-l\"") }
        #expect(renaming?.reason == "SLUG_TAKEN")
        #expect(try await nodes[0].updateProduct(id, ", \"slug\": \"tisch\"").slug == "tisch")
        #expect(try await nodes[0].updateProduct(other, "", mask: "slug").slug == "grosse-l")
        #expect(try await nodes[0].updateProduct(id, "", mask: "slug").slug.string.hasPrefix("grosse-l-"))
      }
    }

    /// What is written, the mask, and the state afterwards of title, brand, external id and tags.
    private static let updates: [(fields: String, mask: String, after: [String])] = [
      (", \"title\": \"Bed\"", "", ["Bed", "Holt", "7", "oak"]),
      (", \"title\": \"Lamp\", \"brand\": \"Elm\"", "title", ["Lamp", "Holt", "7", "oak"]),
      (", \"brand\": \"Elm\", \"tags\": [\"ash\", \"ash\", \"elm\"]", "brand,tags", ["Lamp", "Elm", "7", "ash elm"]),
      ("", "externalId,tags", ["Lamp", "Elm", "", ""]),
      (", \"title\": \"Desk\", \"external_id\": \"8\"", "*", ["Desk", "", "8", ""]),
    ]

    @Test("an update changes the fields that its mask names, and no others")
    func masks() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let category = try await nodes[0].product().categoryID.string
        let made = try await nodes[0].createProduct(
          "Desk", ", \"brand\": \"Holt\", \"external_id\": \"7\", \"tags\": [\"oak\"]")
        for (number, (fields, mask, after)) in Self.updates.enumerated() {
          let sent = mask == "*" ? fields + ", \"category_id\": \"\(category)\"" : fields
          let updated = try await nodes[0].updateProduct(made.id.string, sent, mask: mask)
          let tags = updated.tags.map(\.string).joined(separator: " ")
          let found = [updated.title.string, updated.brand.string, updated.externalID.string, tags]
          #expect(found == after && updated.etag == "v\(number + 2)", "\(fields) by \(mask)")
        }
        let stale = await failure {
          _ = try await nodes[0].updateProduct(made.id.string, ", \"title\": \"A\"", etag: "v1")
        }
        #expect(stale?.code == .aborted && stale?.reason == "ETAG_MISMATCH")
        let events = try await shop.events(of: made.id.string)
        #expect(events == ["created"] + Array(repeating: "updated", count: Self.updates.count))
        let id = made.id.string
        let audited = try await shop.number {
          "SELECT count(*) AS n FROM audit.entry WHERE resource_id = \(id) AND action LIKE 'catalog.product.%'"
        }
        #expect(audited == Int64(events.count))
      }
    }

    @Test("a product on sale that gets another category changes lists and counts with the call")
    func categories() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (id, former, seller) = (made.id.string, made.categoryID.string, made.sellerID.string)
        _ = try await nodes[0].publishProduct(id)
        #expect(try await CategoryTests.wrong(in: shop) == 0)
        let on = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self)).products
        let other = try #require(on.map(\.categoryID.string).first { $0 != former })
        _ = try await nodes[0].updateProduct(id, ", \"category_id\": \"\(other)\"")
        #expect(try await nodes[0].listed(in: other).contains(id))
        #expect(try await nodes[0].listed(in: former).contains(id) == false)
        let told = try await shop.number {
          """
          SELECT count(*) AS n FROM platform.event e
           WHERE e.key = \(id)::uuid AND e.type = 'updated'
             AND e.subjects @> ARRAY[\(former)::uuid, \(other)::uuid, \(seller)::uuid]
          """
        }
        #expect(told == 1)
        _ = try await nodes[0].archiveProduct(id)
        #expect(try await CategoryTests.wrong(in: shop) == 0)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("the audit log has what changes of a large product change, or the digest of its state")
    func largeProducts() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let text = String(repeating: "\u{1F600}", count: 20_000)
        let id = try await nodes[0].createProduct("Desk", ", \"description\": \"\(text)\"").id.string
        let colours = (1...50).map { "Colour \($0) " + String(repeating: "x", count: 30) }
        let made = try await nodes[0].createVariants(
          id, [("Colour", colours), ("Size", ["XS", "S", "M", "L", "XL"])], sku: "LARGE-")
        _ = try await nodes[0].updateVariant(made.variants[7].id.string, ", \"weight_grams\": 9")
        _ = try await nodes[0].reorderVariants(id, made.variants.map(\.id.string).reversed())
        let found = try await shop.number {
          """
          SELECT count(*) AS n
            FROM audit.entry e
           WHERE e.resource_id = \(id)
             AND CASE e.action
                   WHEN 'catalog.product.create' THEN (e.after -> 'omitted' ->> 'sizeBytes')::int > 80000
                   WHEN 'catalog.product.create_variants' THEN e.before -> 'omitted' IS NULL
                   WHEN 'catalog.product.update_variant'
                   THEN json_array_length(e.before -> 'variants') = 1 AND json_array_length(e.after -> 'variants') = 1
                   WHEN 'catalog.product.reorder_variants' THEN length(e.after -> 'omitted' ->> 'sha256') = 64
                 END
          """
        }
        #expect(found == 4)
      }
    }

    @Test("an external id is one product's of a seller, and another seller may have it, too")
    func externalIDs() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        let things = try environment.things(for: .admin)
        func create(for seller: String) async throws {
          let json = """
            {"product": {"title": "Desk", "seller_id": "\(seller)", "category_id": "\(things.shops[0].category)",
                         "external_id": "7"}, "request_id": "\(TestID.next())"}
            """
          _ = try await nodes[0].products.createProduct(try CreateProductRequest(json: json, in: Arena()))
        }
        try await create(for: things.shops[0].seller)
        try await create(for: things.shops[1].seller)
        let taken = await failure { try await create(for: things.shops[0].seller) }
        #expect(taken?.code == .alreadyExists && taken?.reason == "EXTERNAL_ID_TAKEN")
      }
    }

    private static let attributes = """
      {"code": "material", "title": "Material", "kind": "ATTRIBUTE_KIND_TEXT"},
      {"code": "height", "title": "Height", "kind": "ATTRIBUTE_KIND_NUMBER", "unit": "cm"},
      {"code": "shape", "title": "Shape", "kind": "ATTRIBUTE_KIND_CHOICE", "choices": ["round", "square"]},
      {"code": "size", "title": "Size", "kind": "ATTRIBUTE_KIND_TEXT", "is_variant_axis": true}
      """

    /// A value, and the field that is refused; nil for a good one.
    private static let values: [(value: String, field: String?)] = [
      ("{\"code\": \"material\", \"text\": \"Oak\"}", nil), ("{\"code\": \"height\", \"number\": \"-72.5\"}", nil),
      ("{\"code\": \"shape\", \"text\": \"round\"}", nil),
      ("{\"code\": \"shape\", \"text\": \"oval\"}", "product.attributes[0]"),
      ("{\"code\": \"height\", \"text\": \"high\"}", "product.attributes[0]"),
      ("{\"code\": \"material\", \"flag\": true}", "product.attributes[0]"),
      ("{\"code\": \"colour\", \"text\": \"red\"}", "product.attributes[0].code"),
      ("{\"code\": \"size\", \"text\": \"L\"}", "product.attributes[0].code"),
    ]

    @Test("the attributes of a product fit its type")
    func attributesFitTheType() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let type = try await nodes[0].createProductType(Self.attributes)
        let typed = try await nodes[0].createProduct().id.string
        let untyped = try await nodes[0].createProduct().id.string
        _ = try await nodes[0].updateProduct(typed, ", \"product_type_id\": \"\(type)\"")
        for (value, field) in Self.values {
          let refusal = await failure {
            let updated = try await nodes[0].updateProduct(typed, ", \"attributes\": [\(value)]")
            #expect(updated.attributes.count == 1 && updated.productTypeID.string == type)
          }
          #expect(refusal?.fields == field.map { [$0] }, "\(value)")
          let withoutType = await failure {
            _ = try await nodes[0].updateProduct(untyped, ", \"attributes\": [\(value)]")
          }
          #expect(withoutType?.fields == ["product.attributes"], "\(value)")
        }
        let other = try await nodes[0].createProductType("")
        let left = await failure { _ = try await nodes[0].updateProduct(typed, ", \"product_type_id\": \"\(other)\"") }
        #expect(left?.fields == ["product.attributes[0].code"])
        let inUse = await failure { try await nodes[0].deleteProductType(type) }
        #expect(inUse?.code == .failedPrecondition && inUse?.reason == "PRODUCT_TYPE_IN_USE")
        let cleared = try await nodes[0].updateProduct(typed, "", mask: "productTypeId,attributes")
        #expect(cleared.productTypeID.isEmpty && cleared.attributes.isEmpty)
        try await nodes[0].deleteProductType(type)
      }
    }

    @Test("of several who write the same slug, or change the same state, one succeeds; each title gets a slug")
    func races() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let made = try await InventoryTests.atOnce(8) { index in
          await failure {
            _ = try await nodes[index % 2].createProduct("Desk \(index)", ", \"slug\": \"one-of-many\"")
          }?.reason
        }
        #expect(made.filter { $0 == nil }.count == 1 && made.filter { $0 == "SLUG_TAKEN" }.count == 7)
        var others: [String] = []
        for number in 0..<8 {
          others.append(try await nodes[0].createProduct("Bed", ", \"slug\": \"bed-of-\(number)\"").id.string)
        }
        let ids = others
        let slugs = try await InventoryTests.atOnce(8) { index in
          try await nodes[index % 2].updateProduct(ids[index], "", mask: "slug").slug.string
        }
        #expect(Set(slugs).count == 8 && slugs.contains("bed") && slugs.allSatisfy { $0.hasPrefix("bed") })
        let product = try await nodes[0].createCompleteProduct()
        let (id, etag) = (product.id.string, product.etag.string)
        let updated = try await InventoryTests.atOnce(8) { index in
          await failure {
            _ = try await nodes[index % 2].updateProduct(id, ", \"title\": \"Desk \(index)\"", etag: etag)
          }?.reason
        }
        #expect(updated.filter { $0 == nil }.count == 1 && updated.filter { $0 == "ETAG_MISMATCH" }.count == 7)
        let moved = try await InventoryTests.atOnce(8) { index in
          await failure {
            if index.isMultiple(of: 2) {
              _ = try await nodes[index % 4 / 2].publishProduct(id)
            } else {
              _ = try await nodes[index % 4 / 2].archiveProduct(id)
            }
          }?.reason
        }
        #expect(Set(moved.compactMap { $0 }) == ["ILLEGAL_MOVE"] && moved.contains(nil))
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("a change waits for a move of categories before it locks the product")
    func lockOrder() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (id, variant) = (made.id.string, made.variants[0].id.string)
        let changes: [@Sendable () async throws -> Void] = [
          { _ = try await nodes[0].updateProduct(id, ", \"title\": \"Bed\"") },
          { _ = try await nodes[0].updateVariant(variant, ", \"weight_grams\": 9") },
          { _ = try await nodes[0].duplicateProduct(id) }, { _ = try await nodes[0].publishProduct(id) },
        ]
        for change in changes {
          let waiting = try await shop.run { database in
            try await database.transaction { transaction -> Task<Void, any Error> in
              _ = try await transaction.rows("SELECT catalog.lock_tree()", access: .write)
              let waiting = Task { try await change() }
              try await eventually {
                try await shop.number {
                  """
                  SELECT count(*) AS n
                    FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                   WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()
                  """
                } == 1
              }
              _ = try await transaction.rows(
                "SELECT FROM catalog.product p WHERE p.id = \(id)::uuid FOR UPDATE NOWAIT", access: .write)
              return waiting
            }
          }
          try await waiting.value
        }
      }
    }

    @Test("a product that is on sale, was sold or is reserved is not deleted, and nothing is left of another one")
    func deletion() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].createCompleteProduct()
        let (id, variant) = (product.id.string, product.variants[0].id.string)
        _ = try await nodes[0].updateProduct(id, ", \"slug\": \"former-and-present\"")
        _ = try await nodes[0].adjust(variant, 5)
        _ = try await nodes[0].publishProduct(id)
        #expect(await failure { try await nodes[0].deleteProduct(id) }?.reason == "ILLEGAL_MOVE")
        _ = try await nodes[0].archiveProduct(id)
        for state in ["open", "committed"] {
          try await Self.reserve(variant, state, in: shop)
          #expect(await failure { try await nodes[0].deleteProduct(id) }?.reason == "PRODUCT_WAS_SOLD", "\(state)")
        }
        try await Self.reserve(variant, "released", in: shop)
        try await nodes[0].deleteProduct(id)
        #expect(await failure { _ = try await nodes[0].draft(id) }?.code == .notFound)
        let left = try await shop.number {
          """
          SELECT (SELECT count(*) FROM catalog.variant v WHERE v.product_id = \(id)::uuid)
               + (SELECT count(*) FROM inventory.stock s WHERE s.product_id = \(id)::uuid)
               + (SELECT count(*) FROM catalog.former_slug f WHERE f.resource_id = \(id)::uuid) AS n
          """
        }
        #expect(left == 0)
      }
    }

    /// Leaves one reservation of a variant, in this state.
    private static func reserve(_ variant: String, _ state: String, in shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute("DELETE FROM inventory.reservation WHERE variant_id = \(variant)::uuid")
        try await database.execute(
          """
          INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, allocation,
                                             state, created_at, expires_at, ended_at)
          SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, 1, 'whole', \(state), now(),
                 now() + interval '1 day', CASE WHEN \(state) <> 'open' THEN now() END
            FROM inventory.stock s WHERE s.variant_id = \(variant)::uuid
          """)
      }
    }

    @Test("a copy is a draft with variants of other SKUs, and without what is the original's alone")
    func duplicates() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let original = try await nodes[0].createCompleteProduct()
        let id = original.id.string
        _ = try await nodes[0].updateProduct(id, ", \"external_id\": \"7\", \"metadata\": {\"a\": \"b\"}")
        let copy = try await nodes[0].duplicateProduct(id, suffix: "-B")
        #expect(copy.status == .draft && copy.externalID.isEmpty && copy.metadata["a"] == "b" && copy.id != original.id)
        #expect(copy.variants.map(\.sku.string) == original.variants.map { $0.sku.string + "-B" })
        #expect(copy.slug != original.slug && copy.price?.amountMinor == original.price?.amountMinor)
        let taken = await failure { _ = try await nodes[0].duplicateProduct(id, suffix: "-B") }
        #expect(taken?.reason == "SKU_TAKEN" && taken?.metadata == ["sku": copy.variants[0].sku.string])
        #expect(try await nodes[0].duplicateProduct(id).variants.isEmpty)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("those who manage products find them by the beginning of a title or of a SKU")
    func search() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let product = try await nodes[0].createVariants(
          try await nodes[0].createProduct("Großes Pult").id.string, [("Colour", ["Oak"])], sku: "PULT-")
        let searches: [(search: String, isFound: Bool)] = [
          ("GROSSES", true), ("großes p", true), ("Pult", false), ("PULT-o", true), ("pult-o", false), ("%", false),
        ]
        for (search, isFound) in searches {
          let found = try await nodes[0].products.listManagedProducts(
            request(ListManagedProductsRequest.self) { $0.search = $0.text(search) })
          #expect(found.products.map(\.id.string) == (isFound ? [product.id.string] : []), "\(search)")
        }
      }
    }
  }
}
