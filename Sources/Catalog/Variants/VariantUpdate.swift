internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// New values of a variant.
struct VariantUpdate {
  let requestID: ID
  private let id: ID
  private let fields: VariantFields
  private let mask: UpdateMask
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateVariantRequest, by caller: Caller, in currency: Currency, _ arena: Arena) throws {
    let variant = request.variant ?? Variant(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    id = check.id(variant.id, "variant.id")
    let mask = check.updateMask(request.updateMask, of: request.variant, changing: VariantFields.all)
    self.mask = mask
    fields = VariantFields(variant, "variant", in: currency, &check) { mask.contains($0) }
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> UpdateVariantResponse {
    let store = VariantStore(work: work, sellers: sellers)
    let gtin = mask.contains("gtin") ? fields.gtin : nil
    if gtin != nil { store.lockGTINs(ofSellerOf: id) }
    let (product, variant, _) = try await store.lock(id, in: expected)
    let hadGTIN = variant.gtin.string
    if mask.contains("options") { try verifyOptions(of: variant, in: product) }
    let update = try update(in: work.arena)
    _ = try await expecting(["catalog.variant_sku_key": CatalogError.skuTaken(fields.sku)]) {
      try await work.execute(update)
    }
    if let gtin, gtin.text != hadGTIN, let seller = ID(product.sellerID.string) {
      try await store.verifyCount(of: gtin, by: seller, field: "variant.gtin")
    }
    guard let productID = ID(product.id.string) else { throw CatalogError.noSuchVariant(id.description) }
    let response = UpdateVariantResponse(in: work.arena)
    response.product = try await store.products.finishVariants(.updateVariant, of: productID, before: product)
    return response
  }

  /// Verifies the new options against those of the product's other variants.
  private func verifyOptions(of variant: Variant, in product: Product) throws {
    let others = product.variants.filter { $0.id != variant.id }
    let present = VariantOptions.names(of: product)
    guard fields.names == present else { throw CatalogError.optionsDiffer(present) }
    if let other = others.first(where: { $0.options.map(\.value.string) == fields.values }) {
      throw CatalogError.optionsTaken(other.sku.string)
    }
  }

  /// Fields that the mask does not name stay as they are.
  private func update(in arena: Arena) throws -> Query {
    let (changesPrice, changesOptions) = (mask.contains("price"), mask.contains("options"))
    let options = try VariantOptions.json(fields.names, fields.values, in: arena)
    let (price, title) = (fields.price, VariantOptions.title(fields.values))
    return """
      UPDATE catalog.variant v
         SET sku = CASE WHEN \(mask.contains("sku"))::boolean THEN \(fields.sku)::text ELSE v.sku END,
             price_minor = CASE WHEN \(changesPrice)::boolean THEN \(price?.minorUnits)::bigint
                                ELSE v.price_minor END,
             currency = CASE WHEN \(changesPrice)::boolean THEN \(price?.currency.code)::text ELSE v.currency END,
             gtin = CASE WHEN \(mask.contains("gtin"))::boolean THEN \(fields.gtin?.text)::text ELSE v.gtin END,
             weight_grams = CASE WHEN \(mask.contains("weight_grams"))::boolean THEN \(fields.weightGrams)::int
                                 ELSE v.weight_grams END,
             options = CASE WHEN \(changesOptions)::boolean THEN \(options)::json ELSE v.options END,
             title = CASE WHEN \(changesOptions)::boolean THEN \(title)::text ELSE v.title END
       WHERE v.id = \(id)
      """
  }
}
