import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.ProductService/"
  private static let variants = "fastshop.catalog.v1.VariantService/"
  private static let missing = AccessOutcome.all(.notFound)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)
  /// What a product has of its own, and what only answers have.
  private static let plainFields: Set<String> = [
    "product.slug", "product.seller_name", "product.variants.id", "product.images.id", "product.external_id",
    "product.variants.options.name", "product.attachments.id",
  ]

  /// A new draft of the shop that a relation means.
  private static func draft(_ relation: AccessRelation, _ things: AccessResources) async throws -> String {
    try await things.ofShop(relation) { try await things.newProduct(of: $0) }
  }

  /// A new draft of a seller that can be published.
  @Sendable
  private static func withVariant(_ things: AccessResources, _ seller: String) async throws -> String {
    try await things.newVariant(of: seller).product
  }

  /// A change of a new product of the shop that the relation means.
  private static func change(
    _ method: String, plainFields: Set<String> = [],
    more: @escaping @Sendable (AccessResources) -> String = { _ in "" },
    made: @escaping @Sendable (AccessResources, _ seller: String) async throws -> String = { things, seller in
      try await things.newProduct(of: seller)
    }
  ) -> AccessRow {
    AccessRow(
      method, writers, plainFields: plainFields,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await made(things, $0) }
        return AccessRequest(
          json: "{\"product_id\": \"\(id)\"\(more(things)), \"request_id\": \"\(things.requestID)\"}", names: [id])
      })
  }

  /// A product of the first shop that names something that is everybody's.
  private static func naming(
    _ field: String, _ made: @escaping @Sendable (AccessResources) async throws -> String, isNew: Bool
  ) -> AccessCase {
    .one("product.\(field)", own: .inFirstShop, absent: missing) { things, whose in
      let named = whose == .absent ? AccessResources.absent : try await made(things)
      if isNew {
        let category = field == "category_id" ? "" : ", \"category_id\": \"\(things.shops[0].category)\""
        return AccessRequest(
          json: """
            {"product": {"title": "Desk", "seller_id": "\(things.shops[0].seller)", "\(field)": "\(named)"\(category)},
             "request_id": "\(things.requestID)"}
            """, names: [named])
      }
      let id = try await draft(.own, things)
      return AccessRequest(
        json: """
          {"product": {"id": "\(id)", "\(field)": "\(named)"}, "request_id": "\(things.requestID)"}
          """, names: [id, named])
    }
  }

  static let products: [AccessRow] = [
    AccessRow(
      service + "CreateProduct", writers, plainFields: plainFields.union(["product.id"]),
      .one("product.seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.seller)
        return AccessRequest(
          json: """
            {"product": {"title": "Desk", "category_id": "\(things.shops[0].category)", "seller_id": "\(id)"},
             "request_id": "\(things.requestID)"}
            """, names: [id])
      },
      naming("category_id", { $0.shops[0].category }, isNew: true),
      naming("product_type_id", { try await $0.newProductType() }, isNew: true)),
    AccessRow(
      service + "UpdateProduct", writers, plainFields: plainFields.union(["product.seller_id"]),
      .one("product.id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await draft(whose, things)
        return AccessRequest(
          json: "{\"product\": {\"id\": \"\(id)\", \"title\": \"Desk\"}, \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      },
      naming("category_id", { $0.shops[0].category }, isNew: false),
      naming("product_type_id", { try await $0.newProductType() }, isNew: false)),
    AccessRow(
      service + "UpsertProducts", writers,
      // What a row names is told by the outcome of the row.
      plainFields: Set(
        plainFields.union([
          "product.id", "product.seller_id", "product.category_id", "product.product_type_id",
        ]).map { "products" + $0.dropFirst("product".count) }),
      .one("seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.seller)
        return AccessRequest(
          json: """
            {"products": [{"external_id": "\(things.requestID)", "title": "Desk",
                           "category_id": "\(things.shops[0].category)"}],
             "seller_id": "\(id)", "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "GetProductDraft", readers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.hiddenProduct)
        return AccessRequest(json: "{\"product_id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(
      service + "ListManagedProducts", readers, plainFields: ["external_id"],
      // The archived ones, because other methods make many drafts, which are newer.
      .list(own: ofFirst, others: ofSecond) { things in
        AccessRequest(
          json: "{\"page_size\": 250, \"status\": \"PRODUCT_STATUS_ARCHIVED\"}",
          names: [things.shops[0].hiddenProduct, things.shops[1].hiddenProduct])
      },
      .list("seller_id", own: ofFirst, others: []) { things in
        AccessRequest(
          json: """
            {"page_size": 250, "status": "PRODUCT_STATUS_ARCHIVED", "seller_id": "\(things.shops[0].seller)"}
            """,
          names: [things.shops[0].hiddenProduct, things.shops[1].hiddenProduct])
      }),
    change(service + "PublishProduct", made: withVariant),
    change(service + "UnpublishProduct"), change(service + "ArchiveProduct"), change(service + "DeleteProduct"),
    change(
      service + "DuplicateProduct", more: { ", \"sku_suffix\": \"-\($0.requestID.suffix(12))\"" }, made: withVariant),
    change(
      variants + "CreateVariants", plainFields: ["axes.name"],
      more: { ", \"sku_pattern\": \"\($0.requestID)\", \"price\": {\"amount_minor\": 100, \"currency\": \"EUR\"}" }),
    AccessRow(
      variants + "UpdateVariant", writers, plainFields: ["variant.options.name"],
      .one("variant.id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await things.newVariant(of: $0).variant }
        return AccessRequest(
          json: """
            {"variant": {"id": "\(id)", "weight_grams": 9}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      variants + "DeleteVariant", writers,
      .one("variant_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await things.newVariant(of: $0).variant }
        return AccessRequest(json: "{\"variant_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    AccessRow(
      variants + "ReorderVariants", writers,
      .one("product_id", "variant_ids", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        var (product, variant) = (AccessResources.absent, AccessResources.absent)
        if whose != .absent {
          (product, variant) = try await things.newVariant(of: things.shop(whose, \.seller))
        }
        return AccessRequest(
          json: """
            {"product_id": "\(product)", "variant_ids": ["\(variant)"], "request_id": "\(things.requestID)"}
            """, names: [product, variant])
      }),
    change(variants + "ReorderOptions", more: { _ in ", \"options\": [\"Colour\"]" }, made: withVariant),
  ]
}

extension AccessResources {
  /// A new product without variants.
  func newProduct(of seller: String, status: String = "draft") async throws -> String {
    let (slug, category) = (requestID, shops[0].category)
    return try await make {
      """
      INSERT INTO catalog.product (seller_id, category_id, slug, title, status)
      VALUES (\(seller)::uuid, \(category)::uuid, \(slug), 'Desk', \(status))
      RETURNING id
      """
    }
  }

  /// A new draft with an image and one variant, which has one option.
  func newVariant(of seller: String) async throws -> (product: String, variant: String) {
    let (product, sku) = (try await newProduct(of: seller), requestID)
    let variant = try await make {
      """
      INSERT INTO catalog.variant (product_id, seller_id, position, sku, title, options, price_minor, currency)
      VALUES (\(product)::uuid, \(seller)::uuid, 1, \(sku), 'Oak', '[{"name": "Colour", "value": "Oak"}]', 100, 'EUR')
      RETURNING id
      """
    }
    _ = try await make {
      """
      UPDATE catalog.product SET price_minor = 100, currency = 'EUR' WHERE id = \(product)::uuid RETURNING id
      """
    }
    _ = try await onlyImage(of: product)
    return (product, variant)
  }

  /// A new type of products with an attribute of each kind.
  func newTypeWithAttributes() async throws -> String {
    let title = requestID
    return try await make {
      """
      INSERT INTO catalog.product_type (title, attributes)
      VALUES (\(title),
              '[{"code": "material", "title": "Material", "kind": "ATTRIBUTE_KIND_TEXT"},
                {"code": "height", "title": "Height", "kind": "ATTRIBUTE_KIND_NUMBER", "unit": "cm"},
                {"code": "shape", "title": "Shape", "kind": "ATTRIBUTE_KIND_CHOICE", "choices": ["round", "square"]},
                {"code": "foldable", "title": "Foldable", "kind": "ATTRIBUTE_KIND_FLAG"},
                {"code": "since", "title": "Since", "kind": "ATTRIBUTE_KIND_DATE"}]')
      RETURNING id
      """
    }
  }
}
