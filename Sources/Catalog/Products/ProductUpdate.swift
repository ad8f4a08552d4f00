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

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> UpdateProductResponse {
    let store = ProductStore(work: work, sellers: sellers)
    let (before, _) = try await store.lock(id, in: expected)
    let category = mask.contains("category_id") ? fields.category : nil
    store.lockPlaces(of: [ID(before.categoryID.string), category].compactMap { $0 })
    let meanings: [String: any Error] = [
      "catalog.product_slug_key": CatalogError.slugTaken(slug(of: before).text),
      "catalog.product_external_id_key": CatalogError.externalIDTaken(fields.externalID ?? ""),
      "catalog.product_category_fkey": CatalogError.noSuchCategory(category?.description ?? ""),
    ]
    _ = try await expecting(meanings) { try await work.execute(update(category: category, slug: slug(of: before))) }
    let response = UpdateProductResponse(in: work.arena)
    response.product = try await store.finish("update", of: id, before: before)
    return response
  }

  /// The slug after the update: an empty one is made from the title.
  private func slug(of product: Product) -> Slug {
    let charactersMax = ProductFields.slugCharactersMax
    let present = Slug(product.slug.string, charactersMax: charactersMax) ?? Slug.of("product", id)
    guard mask.contains("slug") else { return present }
    let title = mask.contains("title") ? fields.title : product.title.string
    return fields.slug ?? Slug(of: title, charactersMax: charactersMax) ?? present
  }

  /// Fields that the mask does not name stay as they are.
  private func update(category: ID?, slug: Slug) -> Query {
    let hasQuantities = mask.contains("quantity_rules")
    return """
      UPDATE catalog.product p
         SET title = coalesce(\(named(fields.title, "title"))::text, p.title), slug = \(slug.text),
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
             version = p.version + 1, updated_at = clock_timestamp()
       WHERE p.id = \(id)
      """
  }

  /// The value, if the mask names its field.
  private func named(_ value: String, _ field: String) -> String? { mask.contains(field) ? value : nil }
}
