internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A draft that is a copy of a product.
struct ProductDuplication {
  private static let suffixCharactersMax = 20

  let requestID: ID
  private let source: ID
  private let title: String
  private let suffix: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DuplicateProductRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    source = check.id(request.productID, "product_id")
    title = check.line(request.title, "title", upTo: ProductFields.titleCharactersMax)
    suffix = check.line(request.skuSuffix, "sku_suffix", upTo: Self.suffixCharactersMax)
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``.
  func carryOut(in work: Work) async throws -> DuplicateProductResponse {
    let store = ProductStore(work: work, sellers: sellers)
    let (original, _) = try await store.lock(source, in: .any)
    let id = ID.made(at: work.now)
    let title = title.isEmpty ? original.title.string : title
    try await store.name(id, written: nil, titled: title) { slug in
      try await insert(id, named: slug, titled: title, in: work)
    }
    let attachments = AttachmentCopies(of: original, at: work.now)
    attachments.insert(into: id, in: work)
    try await ChannelListingRecord.copy(from: source, to: id, in: work)
    let copy: Product
    if suffix.isEmpty {
      copy = try await store.finish(.duplicate, of: id, before: nil)
    } else {
      try await insertVariants(of: id, like: original, in: work)
      store.openStock(of: id)
      copy = try await store.finishVariants(.duplicate, of: id, before: nil)
    }
    StoredTranslations(of: source, in: work).copy(to: id, renaming: attachments.titlePaths)
    StoredTranslations(of: id, in: work).compare(with: copy.sources, insteadOf: original.sources)
    let response = DuplicateProductResponse(in: work.arena)
    response.product = copy
    return response
  }

  /// - Returns: false when the slug is taken.
  private func insert(_ id: ID, named slug: Slug, titled title: String, in work: Work) async throws -> Bool {
    try await work.execute(
      """
      INSERT INTO catalog.product (id, seller_id, category_id, slug, title, description, brand, tags, metadata,
                                   seo_title, seo_description, quantity_min, quantity_max, quantity_step,
                                   product_type_id, attributes, buyable_from)
      SELECT \(id), p.seller_id, p.category_id, \(slug.text), \(title), p.description, p.brand, p.tags, p.metadata,
             p.seo_title, p.seo_description, p.quantity_min, p.quantity_max, p.quantity_step, p.product_type_id,
             p.attributes, p.buyable_from
        FROM catalog.product p
       WHERE p.id = \(source)
          ON CONFLICT ON CONSTRAINT product_slug_key DO NOTHING
      """) == 1
  }

  /// Their GTINs are not copied: the copy is another article. In the order of the SKUs, as in ``VariantCreation``.
  private func insertVariants(of id: ID, like original: Product, in work: Work) async throws {
    let charactersMax = OptionMatrix.skuCharactersMax - suffix.unicodeScalars.count
    if let sku = original.variants.map(\.sku.string).first(where: { $0.unicodeScalars.count > charactersMax }) {
      throw CatalogError.skuTooLong(sku + suffix)
    }
    let taken = try await work.rows(
      """
      WITH wanted AS MATERIALIZED (
        SELECT v.seller_id, v.position, v.sku || \(suffix)::text AS sku, v.title, v.options, v.price_minor, v.currency,
               v.weight_grams
          FROM catalog.variant v
         WHERE v.product_id = \(source)
      ), made AS (
        INSERT INTO catalog.variant (product_id, seller_id, position, sku, title, options, price_minor, currency,
                                     weight_grams)
        SELECT \(id), w.* FROM wanted w ORDER BY w.sku
            ON CONFLICT ON CONSTRAINT variant_sku_key DO NOTHING
        RETURNING sku
      )
      SELECT w.sku FROM wanted w WHERE w.sku NOT IN (SELECT m.sku FROM made m) ORDER BY w.position LIMIT 1
      """, access: .write)
    if let row = taken.first { throw CatalogError.skuTaken(try row.string("sku")) }
  }
}
