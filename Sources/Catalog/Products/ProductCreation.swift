internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A new product, as a draft.
struct ProductCreation {
  let requestID: ID
  private let fields: ProductFields
  private let seller: ID
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreateProductRequest, by caller: Caller, in arena: Arena) throws {
    let product = request.product ?? Product(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    fields = ProductFields(product, &check) { _ in true }
    if product.sellerID.isEmpty, case .only(let own) = caller.sellers {
      seller = own
    } else {
      seller = check.id(product.sellerID, "product.seller_id")
    }
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; INVALID_ARGUMENT for attributes that do not fit the type.
  func carryOut(in work: Work) async throws -> CreateProductResponse {
    let store = ProductStore(work: work, sellers: sellers)
    try await verifyReferences(in: work)
    let type = try await store.productType(fields.productType)
    var check = RequestCheck()
    fields.attributes.verify(against: type, &check)
    try check.verify()
    let id = ID.made(at: work.now)
    try await store.name(id, written: fields.slug, titled: fields.title) { slug in
      try await insert(id, named: slug, in: work)
    }
    let response = CreateProductResponse(in: work.arena)
    response.product = try await store.finish(.create, of: id, before: nil)
    return response
  }

  private func verifyReferences(in work: Work) async throws {
    let rows = try await work.rows(
      """
      SELECT EXISTS (SELECT FROM catalog.seller s WHERE s.id = \(seller) AND \(sellers.covers("s.id"))) AS has_seller,
             EXISTS (SELECT FROM catalog.category c WHERE c.id = \(fields.category)) AS has_category
      """)
    guard let row = rows.first, try row.bool("has_seller") else { throw CatalogError.noSuchSeller(seller.description) }
    guard try row.bool("has_category") else { throw CatalogError.noSuchCategory(fields.category.description) }
  }

  /// - Returns: false when the slug is taken.
  private func insert(_ id: ID, named slug: Slug, in work: Work) async throws -> Bool {
    let attributes = try fields.attributes.json()
    let query: Query = """
      INSERT INTO catalog.product (id, seller_id, category_id, slug, title, description, brand, tags, external_id,
                                   metadata, seo_title, seo_description, quantity_min, quantity_max, quantity_step,
                                   product_type_id, attributes, buyable_from)
      VALUES (\(id), \(seller), \(fields.category), \(slug.text), \(fields.title), \(fields.description),
              \(fields.brand), \(fields.tags), \(fields.externalID), \(fields.metadata.column), \(fields.seoTitle),
              \(fields.seoDescription), \(fields.quantities.minimum), \(fields.quantities.maximum),
              \(fields.quantities.step), \(fields.productType), \(attributes), \(fields.buyableFrom))
          ON CONFLICT ON CONSTRAINT product_slug_key DO NOTHING
      """
    return try await expecting([
      "catalog.product_external_id_key": CatalogError.externalIDTaken(fields.externalID ?? ""),
      "catalog.product_category_fkey": CatalogError.noSuchCategory(fields.category.description),
    ]) { try await work.execute(query) } == 1
  }
}
