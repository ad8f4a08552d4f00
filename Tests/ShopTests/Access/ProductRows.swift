import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.ProductService/"
  private static let variants = "fastshop.catalog.v1.VariantService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)
  /// A category is everybody's; a product in one needs a shop.
  private static let inOwnShop = AccessOutcome.all(.ok).but(.notFound, for: TestCaller.ofNoShop)

  /// A new draft of the shop that a relation means.
  private static func draft(_ relation: AccessRelation, _ things: AccessResources) async throws -> String {
    try await things.ofShop(relation) { try await things.newProduct(of: $0) }
  }

  private static func change(_ method: String, status: String = "draft") -> AccessRow {
    AccessRow(
      service + method, writers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await things.newProduct(of: $0, status: status) }
        return AccessRequest(json: "{\"product_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      })
  }

  static let products = [
    AccessRow(
      service + "CreateProduct", writers,
      plainFields: [
        "product.id", "product.slug", "product.seller_name",
        "product.variants.id", "product.images.id", "product.external_id", "product.variants.options.name",
      ],
      .one("product.seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.seller)
        return AccessRequest(
          json: """
            {"product": {"title": "Desk", "category_id": "\(things.shops[0].category)", "seller_id": "\(id)"},
             "request_id": "\(things.requestID)"}
            """, names: [id])
      },
      .one("product.category_id", own: .inFirstShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.category)
        return AccessRequest(
          json: """
            {"product": {"title": "Desk", "category_id": "\(id)", "seller_id": "\(things.shops[0].seller)"},
             "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "UpdateProduct", writers,
      plainFields: [
        "product.seller_id", "product.slug", "product.seller_name",
        "product.variants.id", "product.images.id", "product.external_id", "product.variants.options.name",
      ],
      .one("product.id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await draft(whose, things)
        return AccessRequest(
          json: "{\"product\": {\"id\": \"\(id)\", \"title\": \"Desk\"}, \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      },
      .one("product.category_id", own: .inFirstShop, absent: missing) { things, whose in
        let (id, category) = (try await draft(.own, things), things.shop(whose, \.category))
        return AccessRequest(
          json: """
            {"product": {"id": "\(id)", "category_id": "\(category)"}, "request_id": "\(things.requestID)"}
            """, names: [id, category])
      }),
    AccessRow(
      service + "GetProductDraft", readers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.hiddenProduct)
        return AccessRequest(json: "{\"product_id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(
      service + "ListManagedProducts", readers,
      .list(own: ofFirst, others: ofSecond) { things in
        AccessRequest(
          json: "{\"page_size\": 250}", names: [things.shops[0].hiddenProduct, things.shops[1].hiddenProduct])
      },
      .list("seller_id", own: ofFirst, others: []) { things in
        AccessRequest(
          json: "{\"page_size\": 250, \"seller_id\": \"\(things.shops[0].seller)\"}",
          names: [things.shops[0].hiddenProduct, things.shops[1].hiddenProduct])
      }),
    AccessRow(
      service + "PublishProduct", writers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await things.newCompleteProduct(of: $0) }
        return AccessRequest(json: "{\"product_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    change("UnpublishProduct", status: "archived"), change("ArchiveProduct"), change("DeleteProduct"),
    AccessRow(
      variants + "CreateVariants", writers, plainFields: ["axes.name"],
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await draft(whose, things)
        return AccessRequest(
          json: """
            {"product_id": "\(id)", "sku_pattern": "\(things.requestID)",
             "price": {"amount_minor": 100, "currency": "EUR"}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
  ]
}

extension AccessResources {
  /// A new product without variants.
  func newProduct(of seller: String, status: String = "draft") async throws -> String {
    let (slug, category) = (requestID, shops[0].category)
    return try await make {
      """
      INSERT INTO catalog.product (seller_id, category_id, slug, title, status, price_minor, currency)
      VALUES (\(seller)::uuid, \(category)::uuid, \(slug), 'Desk', \(status), 0, 'XXX')
      RETURNING id
      """
    }
  }

  /// A new draft with a variant and an image.
  func newCompleteProduct(of seller: String) async throws -> String {
    let (id, sku) = (try await newProduct(of: seller), requestID)
    _ = try await make {
      """
      WITH v AS (
        INSERT INTO catalog.variant (product_id, seller_id, position, sku, price_minor, currency)
        VALUES (\(id)::uuid, \(seller)::uuid, 1, \(sku), 100, 'EUR')
      )
      INSERT INTO catalog.image (product_id, seller_id, position, url, width, height)
      VALUES (\(id)::uuid, \(seller)::uuid, 1, 'desk.webp', 1, 1)
      RETURNING id
      """
    }
    _ = try await make {
      """
      SELECT catalog.refresh_product_price(\(id)::uuid)::text || catalog.refresh_product_documents(ARRAY[\(id)::uuid])
             AS id
      """
    }
    return id
  }
}
