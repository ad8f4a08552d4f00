internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// Variants of a product for the combinations of options that it lacks.
struct VariantCreation {
  private static let priceMax: Int64 = 100_000_000_000

  let requestID: ID
  private let product: ID
  private let matrix: OptionMatrix
  private let skus: [String]
  private let price: Platform.Money?
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreateVariantsRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    product = check.id(request.productID, "product_id")
    matrix = OptionMatrix(request.axes, &check)
    skus = matrix.skus(request.skuPattern, &check)
    if let money = request.price {
      price = check.money(money, "price", 1...Self.priceMax)
    } else {
      check.refuse("price", "Must be set.")
      price = nil
    }
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> CreateVariantsResponse {
    let store = ProductStore(work: work, sellers: sellers)
    let (before, _) = try await store.lock(product, in: expected)
    if let category = ID(before.categoryID.string) { store.lockPlaces(of: [category]) }
    let currency = before.variants.first?.price?.currency.string
    if let currency, currency != price?.currency.code { throw CatalogError.currencyDiffers(currency) }
    _ = try await expecting(["catalog.variant_sku_key": CatalogError.skuTaken]) { try await work.execute(insertion) }
    let count =
      try await work.rows("SELECT count(*) AS n FROM catalog.variant WHERE product_id = \(product)")
      .first?.int64("n") ?? 0
    guard count <= Int64(OptionMatrix.combinationsMax) else { throw CatalogError.tooManyVariants(Int(count)) }
    work.send("SELECT catalog.refresh_product_price(\(product))")
    work.send("SELECT catalog.refresh_product_documents(ARRAY[\(product)::uuid])")
    work.send("SELECT inventory.open_stock(\(product))")
    work.send("UPDATE catalog.product SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(product)")
    let response = CreateVariantsResponse(in: work.arena)
    response.product = try await store.finish("create_variants", of: product, before: before)
    return response
  }

  /// Combinations that are there keep their ids.
  private var insertion: Query {
    """
    INSERT INTO catalog.variant (product_id, seller_id, position, sku, title, options, price_minor, currency)
    SELECT p.id, p.seller_id,
           (SELECT coalesce(max(v.position), 0) FROM catalog.variant v WHERE v.product_id = p.id)
             + row_number() OVER (ORDER BY m.place), m.sku, m.title, m.options::json, \(price?.minorUnits ?? 0),
           \(price?.currency.code ?? "")
      FROM catalog.product p
     CROSS JOIN unnest(\(skus)::text[], \(matrix.combinations.map(\.title))::text[], \(options)::text[])
           WITH ORDINALITY m (sku, title, options, place)
     WHERE p.id = \(product)
       AND NOT EXISTS (SELECT FROM catalog.variant v
                        WHERE v.product_id = p.id AND v.options::jsonb = m.options::jsonb)
    """
  }

  /// The options of each combination, as the API's JSON.
  private var options: [String] {
    matrix.combinations.map { combination in
      let pairs = zip(matrix.names, combination.values).map { name, value in
        let option = VariantOption(in: Arena())
        option.name = option.storage.arena.text(name)
        option.value = option.storage.arena.text(value)
        return (try? option.json()) ?? "{}"
      }
      return "[" + pairs.joined(separator: ",") + "]"
    }
  }
}
