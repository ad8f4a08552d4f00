import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

extension TestNode {
  var products: ProductClient { ProductClient(channel) }
  var variants: VariantClient { VariantClient(channel) }
  private var types: ProductTypeClient { ProductTypeClient(channel) }

  /// Creates a draft of the seller, and in the category, of the newest product. `fields` is JSON behind a comma.
  func createProduct(_ title: String = "Desk", _ fields: String = "") async throws -> Product {
    let newest = try await product()
    let json = """
      {"product": {"title": "\(title)", "seller_id": "\(newest.sellerID.string)",
                   "category_id": "\(newest.categoryID.string)"\(fields)}, "request_id": "\(TestID.next())"}
      """
    return try #require(try await products.createProduct(try CreateProductRequest(json: json, in: Arena())).product)
  }

  /// Changes the fields, which are JSON behind a comma; the mask names those, or else it is empty.
  func updateProduct(
    _ id: String, _ fields: String, mask: String = "", etag: String = "", options: CallOptions = CallOptions()
  ) async throws -> Product {
    let json = """
      {"product": {"id": "\(id)", "etag": "\(etag)"\(fields)}, "update_mask": "\(mask)",
       "request_id": "\(TestID.next())"}
      """
    let request = try UpdateProductRequest(json: json, in: Arena())
    return try #require(try await products.updateProduct(request, options: options).product)
  }

  func draft(_ id: String, options: CallOptions = CallOptions()) async throws -> Product {
    let request = request(GetProductDraftRequest.self) { $0.productID = $0.text(id) }
    return try #require(try await products.getProductDraft(request, options: options).product)
  }

  /// Puts a draft on sale, or has it put on sale at `time`.
  func publishProduct(_ id: String, at time: String? = nil) async throws -> Product {
    let later = time.map { ", \"publish_time\": \"\($0)\"" } ?? ""
    let json = "{\"product_id\": \"\(id)\"\(later), \"request_id\": \"\(TestID.next())\"}"
    return try #require(try await products.publishProduct(try PublishProductRequest(json: json, in: Arena())).product)
  }

  func unpublishProduct(_ id: String) async throws -> Product {
    let response = try await products.unpublishProduct(
      request(UnpublishProductRequest.self) {
        $0.productID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.product)
  }

  func archiveProduct(_ id: String) async throws -> Product {
    let response = try await products.archiveProduct(
      request(ArchiveProductRequest.self) {
        $0.productID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.product)
  }

  func deleteProduct(_ id: String) async throws {
    _ = try await products.deleteProduct(
      request(DeleteProductRequest.self) {
        $0.productID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }

  func duplicateProduct(_ id: String, suffix: String = "") async throws -> Product {
    let response = try await products.duplicateProduct(
      request(DuplicateProductRequest.self) {
        $0.productID = $0.text(id)
        $0.skuSuffix = $0.text(suffix)
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.product)
  }

  /// Creates or changes products, which are JSON, of the seller of the newest product or of another one.
  /// - Returns: the outcomes, such as `created`, or the reason and the field of a refusal.
  @discardableResult
  func upsertProducts(
    _ rows: [String], mask: String = "", seller: String? = nil, id: String = TestID.next(),
    options: CallOptions = CallOptions()
  ) async throws -> [String] {
    var owner = seller
    if owner == nil { owner = try await product().sellerID.string }
    let json = """
      {"products": [\(rows.joined(separator: ","))], "update_mask": "\(mask)", "seller_id": "\(owner ?? "")",
       "request_id": "\(id)"}
      """
    let request = try UpsertProductsRequest(json: json, in: Arena())
    return try await products.upsertProducts(request, options: options).outcomes.map { outcome in
      switch outcome.outcome {
      case .created: "created"
      case .updated: "updated"
      case .unchanged: "unchanged"
      case .refusal(let refusal): "\(refusal.reason) \(refusal.field)"
      case nil: ""
      }
    }
  }

  /// Creates the variants for every combination of the options. Each SKU begins with `sku`.
  func createVariants(
    _ product: String, _ axes: [(name: String, values: [String])], sku: String = TestID.next(), price: Int64 = 100,
    currency: String = "EUR"
  ) async throws -> Product {
    let request = request(CreateVariantsRequest.self) { creation in
      creation.productID = creation.text(product)
      for axis in axes {
        let added = creation.axes.appendNew()
        added.name = added.text(axis.name)
        for value in axis.values { added.values.append(added.text(value)) }
      }
      creation.skuPattern = creation.text(sku + "{options}")
      let money = TypeAPI.Money(in: creation.storage.arena)
      money.amountMinor = price
      money.currency = money.text(currency)
      creation.price = money
      creation.requestID = creation.text(TestID.next())
    }
    return try #require(try await variants.createVariants(request).product)
  }

  /// A draft that can be published: it has an image, and these variants of one option.
  func createCompleteProduct(_ title: String = "Desk", colours: [String] = ["Oak", "Ash"]) async throws -> Product {
    let id = try await createProduct(title).id.string
    _ = try await upload(try await media.image(), to: id)
    return try await createVariants(id, [("Colour", colours)])
  }

  /// Creates a type of products with these attributes, which are JSON. Returns its id.
  func createProductType(_ attributes: String) async throws -> String {
    let json = """
      {"product_type": {"title": "\(TestID.next())", "attributes": [\(attributes)]}, "request_id": "\(TestID.next())"}
      """
    let response = try await types.createProductType(try CreateProductTypeRequest(json: json, in: Arena()))
    return try #require(response.productType).id.string
  }

  func deleteProductType(_ id: String) async throws {
    _ = try await types.deleteProductType(
      request(DeleteProductTypeRequest.self) {
        $0.productTypeID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }

  /// The ids of the products on sale in a category.
  func listed(in category: String) async throws -> [String] {
    try await catalog.listProducts(
      request(ListProductsRequest.self) {
        $0.pageSize = 250
        $0.categoryID = $0.text(category)
      }
    ).products.map(\.id.string)
  }
}

extension TestShop {
  /// The number of products whose price, documents or rows in the lists do not follow from their variants and state.
  func wrongProducts() async throws -> Int64 {
    try await number {
      """
      SELECT count(*) AS n
        FROM catalog.product p
        JOIN catalog.category c ON c.id = p.category_id
       CROSS JOIN LATERAL (SELECT min(v.price_minor) AS price_minor, min(v.currency) AS currency,
                                  coalesce(json_agg(v.id ORDER BY v.position), '[]')::jsonb AS ids,
                                  count(*) = coalesce(max(v.position), 0) AS are_numbered,
                                  count(*) = (SELECT count(*) FROM inventory.stock s WHERE s.product_id = p.id)
                                    AS have_stock
                             FROM catalog.variant v WHERE v.product_id = p.id) v
       WHERE (p.price_minor, p.currency) IS DISTINCT FROM (v.price_minor, v.currency)
          OR (SELECT coalesce(jsonb_agg(e -> 'id'), '[]') FROM jsonb_array_elements(p.variants::jsonb) e) <> v.ids
          OR NOT v.are_numbered OR NOT v.have_stock
          OR (SELECT count(*) FROM catalog.shelf h
               WHERE h.product_id = p.id AND h.category_id = ANY (c.lineage) AND h.price_minor = p.price_minor)
             <> CASE p.status WHEN 'active' THEN cardinality(c.lineage) ELSE 0 END
          OR (SELECT count(*) FROM catalog.shelf h WHERE h.product_id = p.id)
             <> CASE p.status WHEN 'active' THEN cardinality(c.lineage) ELSE 0 END
      """
    }
  }

  /// The types of the events about a product, in their order.
  func events(of product: String) async throws -> [String] {
    try await run { database in
      try await database.rows(
        """
        SELECT e.type FROM platform.event e
         WHERE e.topic = 'catalog.product' AND e.key = \(product)::uuid ORDER BY e.seq
        """
      ).map { try $0.string("type") }
    }
  }
}

extension RPCError {
  /// What the reason is about.
  var metadata: [String: String] {
    for case .errorInfo(_, _, let metadata) in details { return metadata }
    return [:]
  }

  /// The subjects of the conditions that do not hold.
  var unmet: [String] {
    for case .preconditionFailure(let violations) in details { return violations.map(\.subject) }
    return []
  }
}
