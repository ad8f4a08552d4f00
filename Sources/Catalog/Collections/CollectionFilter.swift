internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The rule of a collection, as a request gives it.
struct CollectionFilter {
  private let rule: CollectionRule
  private let category: ID?
  private let seller: ID?

  /// Reads a rule, and notes what is wrong with it.
  /// - Parameter field: its path in the request.
  init(_ rule: CollectionRule, _ field: String, _ check: inout RequestCheck) {
    self.rule = rule
    category = check.optionalID(rule.categoryID, "\(field).category_id")
    seller = check.optionalID(rule.sellerID, "\(field).seller_id")
    _ = check.line(rule.brand, "\(field).brand")
    check.priceRange(rule.minPriceMinor, rule.maxPriceMinor, of: "\(field).")
    if case .unrecognized(let number) = rule.sort { check.refuse("\(field).sort", "Has no value \(number).") }
  }

  /// The rule as the column has it: with ids as Postgres writes them, however the request does.
  func json() throws -> String {
    let arena = Arena()
    let written = rule.copy(in: arena)
    written.categoryID = arena.text(category?.description ?? "")
    written.sellerID = arena.text(seller?.description ?? "")
    return try written.json()
  }

  /// - Throws: ``CatalogError`` when it names a category or a seller that does not exist.
  func verifyReferences(_ runner: some QueryRunner) async throws {
    let rows = try await runner.rows(
      """
      SELECT \(category)::uuid IS NULL
               OR EXISTS (SELECT FROM catalog.category c WHERE c.id = \(category)) AS has_category,
             \(seller)::uuid IS NULL OR EXISTS (SELECT FROM catalog.seller s WHERE s.id = \(seller)) AS has_seller
      """)
    guard let row = rows.first else { return }
    if let category, try !row.bool("has_category") { throw CatalogError.noSuchCategory(category.description) }
    if let seller, try !row.bool("has_seller") { throw CatalogError.noSuchSeller(seller.description) }
  }
}

extension CollectionRule {
  /// The request of ListProducts with the same filters and order.
  func request(pageSize: Int32, pageToken: Text = "", countsAll: Bool = false) -> ListProductsRequest {
    let request = ListProductsRequest(in: storage.arena)
    (request.pageSize, request.pageToken, request.withTotalSize) = (pageSize, pageToken, countsAll)
    (request.categoryID, request.brand, request.sellerID) = (categoryID, brand, sellerID)
    (request.minPriceMinor, request.maxPriceMinor, request.sort) = (minPriceMinor, maxPriceMinor, sort)
    return request
  }
}
