internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// New values of a variant.
struct VariantUpdate {
  private static let fields = ["sku", "price", "gtin", "weight_grams", "options"]
  private static let weightGramsMax: Int32 = 10_000_000

  let requestID: ID
  private let id: ID
  private let sku: String
  private let price: Platform.Money?
  private let gtin: GTIN?
  private let weightGrams: Int32?
  private let names: [String]
  private let values: [String]
  private let mask: UpdateMask
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateVariantRequest, by caller: Caller, in arena: Arena) throws {
    let variant = request.variant ?? Variant(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    id = check.id(variant.id, "variant.id")
    mask = check.updateMask(request.updateMask, of: request.variant, changing: Self.fields)
    sku = check.line(
      variant.sku, "variant.sku", upTo: OptionMatrix.skuCharactersMax, isRequired: mask.contains("sku"))
    price = check.variantPrice(variant.price, "variant.price", isRequired: mask.contains("price"))
    gtin = GTIN(variant.gtin.string)
    check.require(
      gtin != nil || variant.gtin.isEmpty, "variant.gtin",
      "Must be 8, 12, 13 or 14 digits, the last of which is the check digit, or be empty.")
    check.require(
      (0...Self.weightGramsMax).contains(variant.weightGrams), "variant.weight_grams",
      "Must be from 0 to \(Self.weightGramsMax).")
    weightGrams = variant.weightGrams == 0 ? nil : variant.weightGrams
    (names, values) = Self.options(variant.options, &check)
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  private static func options(
    _ options: RepeatedField<VariantOption>, _ check: inout RequestCheck
  ) -> (names: [String], values: [String]) {
    guard options.count <= OptionMatrix.axesMax else {
      check.refuse("variant.options", "Must have at most \(OptionMatrix.axesMax) elements, and has \(options.count).")
      return ([], [])
    }
    var (names, values): ([String], [String]) = ([], [])
    for (index, option) in options.enumerated() {
      let (path, charactersMax) = ("variant.options[\(index)]", OptionMatrix.charactersMax)
      names.append(check.line(option.name, "\(path).name", upTo: charactersMax, isRequired: true))
      values.append(check.line(option.value, "\(path).value", upTo: charactersMax, isRequired: true))
    }
    return (names, values)
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> UpdateVariantResponse {
    let store = VariantStore(work: work, sellers: sellers)
    let (product, variant, _) = try await store.lock(id, in: expected)
    try verify(variant, of: product)
    let update = try update(in: work.arena)
    _ = try await expecting(["catalog.variant_sku_key": CatalogError.skuTaken(sku)]) {
      try await work.execute(update)
    }
    guard let productID = ID(product.id.string) else { throw CatalogError.noSuchVariant(id.description) }
    let response = UpdateVariantResponse(in: work.arena)
    response.product = try await store.products.finishVariants(.updateVariant, of: productID, before: product)
    return response
  }

  /// Verifies the new values against those of the product's other variants.
  private func verify(_ variant: Variant, of product: Product) throws {
    let others = product.variants.filter { $0.id != variant.id }
    if mask.contains("price"), let currency = others.first?.price?.currency.string, currency != price?.currency.code {
      throw CatalogError.currencyDiffers(currency)
    }
    guard mask.contains("options") else { return }
    let present = VariantOptions.names(of: product)
    guard names == present else { throw CatalogError.optionsDiffer(present) }
    if others.contains(where: { $0.options.map(\.value.string) == values }) { throw CatalogError.optionsTaken }
  }

  /// Fields that the mask does not name stay as they are.
  private func update(in arena: Arena) throws -> Query {
    let (changesPrice, changesOptions) = (mask.contains("price"), mask.contains("options"))
    let options = try VariantOptions.json(names, values, in: arena)
    return """
      UPDATE catalog.variant v
         SET sku = CASE WHEN \(mask.contains("sku"))::boolean THEN \(sku)::text ELSE v.sku END,
             price_minor = CASE WHEN \(changesPrice)::boolean THEN \(price?.minorUnits)::bigint
                                ELSE v.price_minor END,
             currency = CASE WHEN \(changesPrice)::boolean THEN \(price?.currency.code)::text ELSE v.currency END,
             gtin = CASE WHEN \(mask.contains("gtin"))::boolean THEN \(gtin?.text)::text ELSE v.gtin END,
             weight_grams = CASE WHEN \(mask.contains("weight_grams"))::boolean THEN \(weightGrams)::int
                                 ELSE v.weight_grams END,
             options = CASE WHEN \(changesOptions)::boolean THEN \(options)::json ELSE v.options END,
             title = CASE WHEN \(changesOptions)::boolean THEN \(VariantOptions.title(values))::text ELSE v.title END
       WHERE v.id = \(id)
      """
  }
}
