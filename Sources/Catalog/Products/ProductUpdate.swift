internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// New values of a product.
struct ProductUpdate {
  let requestID: ID
  private let id: ID
  private let fields: ProductFields
  private let mask: UpdateMask
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateProductRequest, by caller: Caller, in arena: Arena) throws {
    let product = request.product ?? Product(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    id = check.id(product.id, "product.id")
    let mask = check.updateMask(request.updateMask, of: request.product, changing: ProductFields.all)
    self.mask = mask
    fields = ProductFields(product, &check) { mask.contains($0) }
    expected = check.etag(product.etag, "product.etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked; INVALID_ARGUMENT
  ///   for attributes that do not fit the type.
  func carryOut(in work: Work) async throws -> UpdateProductResponse {
    let store = ProductStore(work: work, sellers: sellers)
    let (before, state) = try await store.lock(id, in: expected)
    if changesAttributes { try await verifyAttributes(before, store) }
    try await expecting([
      "catalog.product_external_id_key": CatalogError.externalIDTaken(fields.externalID ?? ""),
      "catalog.product_category_fkey": CatalogError.noSuchCategory(fields.category.description),
    ]) {
      try await write(before, store)
    }
    let response = UpdateProductResponse(in: work.arena)
    let after = try await store.finish(.update, of: id, before: before)
    if state == .active && changesAttributes { try await store.verifyCompleteness(of: after) }
    response.product = after
    return response
  }

  private var changesAttributes: Bool { mask.contains("product_type_id") || mask.contains("attributes") }

  /// Verifies the attributes that the product will have against the type that it will have.
  private func verifyAttributes(_ product: Product, _ store: ProductStore) async throws {
    let present = ID(product.productTypeID.string)
    let type = try await store.productType(mask.contains("product_type_id") ? fields.productType : present)
    let values = mask.contains("attributes") ? fields.attributes : AttributeValues(of: product)
    var check = RequestCheck()
    values.verify(against: type, &check)
    try check.verify()
  }

  /// Writes the fields. A slug that is changed to an empty one is made of the title.
  private func write(_ product: Product, _ store: ProductStore) async throws {
    guard mask.contains("slug") else {
      _ = try await store.work.execute(try update(slug: nil))
      return
    }
    let title = mask.contains("title") ? fields.title : product.title.string
    try await store.name(id, written: fields.slug, titled: title) { slug in
      try await write(slug, in: store.work)
    }
  }

  /// - Returns: false when another product has the slug.
  private func write(_ slug: Slug, in work: Work) async throws -> Bool {
    do {
      _ = try await work.savepoint { try await work.execute(try update(slug: slug)) }
      return true
    } catch let error as PostgresError where error.violates("catalog.product_slug_key") {
      return false
    }
  }

  /// Fields that the mask does not name stay as they are.
  private func update(slug: Slug?) throws -> Query {
    let hasQuantities = mask.contains("quantity_rules")
    let category = mask.contains("category_id") ? fields.category : nil
    let attributes = try fields.attributes.json()
    return """
      UPDATE catalog.product p
         SET title = coalesce(\(named(fields.title, "title"))::text, p.title),
             slug = coalesce(\(slug?.text)::text, p.slug),
             description = coalesce(\(named(fields.description, "description"))::text, p.description),
             brand = coalesce(\(named(fields.brand, "brand"))::text, p.brand),
             category_id = coalesce(\(category)::uuid, p.category_id),
             tags = CASE WHEN \(mask.contains("tags"))::boolean THEN \(fields.tags)::text[] ELSE p.tags END,
             external_id = CASE WHEN \(mask.contains("external_id"))::boolean THEN \(fields.externalID)::text
                                ELSE p.external_id END,
             metadata = CASE WHEN \(mask.contains("metadata"))::boolean THEN \(fields.metadata.column)
                             ELSE p.metadata END,
             seo_title = coalesce(\(named(fields.seoTitle, "seo_title"))::text, p.seo_title),
             seo_description = coalesce(\(named(fields.seoDescription, "seo_description"))::text, p.seo_description),
             quantity_min = CASE WHEN \(hasQuantities)::boolean THEN \(fields.quantities.minimum)::int
                                 ELSE p.quantity_min END,
             quantity_max = CASE WHEN \(hasQuantities)::boolean THEN \(fields.quantities.maximum)::int
                                 ELSE p.quantity_max END,
             quantity_step = CASE WHEN \(hasQuantities)::boolean THEN \(fields.quantities.step)::int
                                  ELSE p.quantity_step END,
             product_type_id = CASE WHEN \(mask.contains("product_type_id"))::boolean
                                    THEN \(fields.productType)::uuid ELSE p.product_type_id END,
             attributes = CASE WHEN \(mask.contains("attributes"))::boolean THEN \(attributes)::jsonb
                               ELSE p.attributes END,
             buyable_from = CASE WHEN \(mask.contains("buyable_from_time"))::boolean
                                 THEN \(fields.buyableFrom)::timestamptz ELSE p.buyable_from END,
             version = p.version + 1, updated_at = clock_timestamp()
       WHERE p.id = \(id)
      """
  }

  /// The value, if the mask names its field.
  private func named(_ value: String, _ field: String) -> String? { mask.contains(field) ? value : nil }
}
