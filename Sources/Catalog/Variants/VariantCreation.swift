internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// Variants of a product for the combinations of options that it lacks.
struct VariantCreation {
  let requestID: ID
  private let product: ID
  private let matrix: OptionMatrix
  private let skus: [String]
  private let price: Platform.Money?
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreateVariantsRequest, by caller: Caller, in currency: Currency) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    product = check.id(request.productID, "product_id")
    matrix = OptionMatrix(request.axes, &check)
    skus = matrix.skus(request.skuPattern, &check)
    price = check.variantPrice(request.price, "price", in: currency, isRequired: true)
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> CreateVariantsResponse {
    let store = ProductStore(work: work, sellers: sellers)
    let (before, _) = try await store.lock(product, in: expected)
    if !before.variants.isEmpty { try fitOptions(of: before, in: work) }
    let insertion = try insertion(in: work.arena)
    let taken = try await work.rows(insertion, access: .write)
    if let row = taken.first { throw CatalogError.skuTaken(try row.string("sku")) }
    let rows = try await work.rows("SELECT count(*) AS n FROM catalog.variant WHERE product_id = \(product)")
    let count = try rows.first?.int64("n") ?? 0
    guard count <= Int64(OptionMatrix.combinationsMax) else { throw CatalogError.tooManyVariants(count) }
    store.openStock(of: product)
    let response = CreateVariantsResponse(in: work.arena)
    response.product = try await store.finishVariants(.createVariants, of: product, before: before)
    return response
  }

  /// Gives the variants that are there the options of the request: their own ones in its order, and the first value of
  /// each that is new.
  private func fitOptions(of product: Product, in work: Work) throws {
    let present = VariantOptions.names(of: product)
    guard Set(present).isSubset(of: matrix.names) else { throw CatalogError.optionsDiffer(present) }
    if present == matrix.names { return }
    let added = zip(matrix.names, matrix.firstValues).filter { !present.contains($0.0) }
    let options = try VariantOptions.json(added.map { $0.0 }, added.map { $0.1 }, in: work.arena)
    work.send(VariantOptions.adding(options, to: self.product))
    work.send(VariantOptions.ordering(matrix.names, of: self.product))
  }

  /// Combinations that are there keep their variants. The rows go in the order of the SKUs, so that two works with the
  /// same ones do not wait for each other. Returns the first SKU that is taken.
  private func insertion(in arena: Arena) throws -> Query {
    let options = try matrix.combinations.map { try VariantOptions.json(matrix.names, $0, in: arena) }
    return """
      WITH wanted AS MATERIALIZED (
        SELECT p.id AS product_id, p.seller_id,
               (SELECT coalesce(max(v.position), 0) FROM catalog.variant v WHERE v.product_id = p.id)
                 + row_number() OVER (ORDER BY m.place) AS position, m.sku, m.title, m.options::json AS options
          FROM catalog.product p
         CROSS JOIN unnest(\(skus)::text[], \(matrix.combinations.map(VariantOptions.title))::text[],
                           \(options)::text[]) WITH ORDINALITY m (sku, title, options, place)
         WHERE p.id = \(product)
           AND NOT EXISTS (SELECT FROM catalog.variant v
                            WHERE v.product_id = p.id AND v.options::jsonb = m.options::jsonb)
      ), made AS (
        INSERT INTO catalog.variant (product_id, seller_id, position, sku, title, options, price_minor, currency)
        SELECT w.product_id, w.seller_id, w.position, w.sku, w.title, w.options, \(price?.minorUnits ?? 0),
               \(price?.currency.code ?? "")
          FROM wanted w
         ORDER BY w.sku
            ON CONFLICT ON CONSTRAINT variant_sku_key DO NOTHING
        RETURNING sku
      )
      SELECT w.sku FROM wanted w WHERE w.sku NOT IN (SELECT m.sku FROM made m) ORDER BY w.position LIMIT 1
      """
  }
}

extension RequestCheck {
  /// The highest price of a unit, in minor units.
  static let variantPriceMax: Int64 = 100_000_000_000

  /// A field with a price of a variant: its own one is in the shop's currency, that of a list in any.
  mutating func variantPrice(
    _ message: TypeAPI.Money?, _ field: String, in shopCurrency: Currency?, isRequired: Bool
  ) -> Platform.Money? {
    guard let message else {
      require(!isRequired, field, "Must be set.")
      return nil
    }
    return money(message, field, 1...Self.variantPriceMax, in: shopCurrency)
  }
}
