internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// Another state of a product, or its end.
struct ProductTransition {
  let requestID: ID
  private let id: ID
  private let move: ProductMove
  private let expected: ExpectedState
  private let caller: Caller

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ move: ProductMove, productID: Text, etag: Text, requestID: Text, by caller: Caller) throws {
    self.move = move
    self.caller = caller
    var check = RequestCheck()
    id = check.id(productID, "product_id")
    expected = check.etag(etag, "etag")
    self.requestID = check.id(requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``IllegalMove``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> Product {
    let store = ProductStore(work: work, sellers: caller.sellers)
    let (before, state) = try await store.lock(id, in: expected)
    let transition = try ProductMove.machine.transition(move, from: state, with: caller.permissions)
    if move == .publish { try Self.verifyCompleteness(of: before) }
    if let category = ID(before.categoryID.string) { store.lockPlaces(of: [category]) }
    work.send(
      """
      UPDATE catalog.product p
         SET status = \(transition.state.rawValue), version = p.version + 1, updated_at = clock_timestamp(),
             published_at = CASE WHEN \(transition.state == .active)::boolean
                                 THEN coalesce(p.published_at, clock_timestamp()) ELSE p.published_at END
       WHERE p.id = \(id)
      """)
    return try await store.finish(move.action, of: id, before: before)
  }

  /// Deletes the product with everything that belongs to it.
  /// - Throws: the same, and ``CatalogError/productWasSold(_:)``.
  func delete(in work: Work) async throws {
    let store = ProductStore(work: work, sellers: caller.sellers)
    let (before, state) = try await store.lock(id, in: expected)
    _ = try ProductMove.machine.transition(move, from: state, with: caller.permissions)
    let rows = try await work.rows(
      """
      SELECT p.first_sold_at IS NULL AND p.units_sold = 0 AND p.rating_count = 0
             AND inventory.drop_stock(ARRAY(SELECT v.id FROM catalog.variant v WHERE v.product_id = p.id)) AS is_free
        FROM catalog.product p
       WHERE p.id = \(id)
      """, access: .write)
    guard try rows.first?.bool("is_free") == true else { throw CatalogError.productWasSold(id.description) }
    work.send("DELETE FROM catalog.image WHERE product_id = \(id)")
    work.send("DELETE FROM catalog.variant WHERE product_id = \(id)")
    work.sendRequirement(
      "DELETE FROM catalog.product WHERE id = \(id) RETURNING id", rows: 1, "a product was not deleted")
    try store.record(move.action, of: id, before: before, after: nil)
  }

  /// - Throws: ``CatalogError/productIncomplete(_:)`` with every field that shoppers need.
  private static func verifyCompleteness(of product: Product) throws {
    var lacks: [String: String] = [:]
    if product.variants.isEmpty { lacks["variants"] = "There must be at least one variant." }
    if product.variants.contains(where: { ($0.price?.amountMinor ?? 0) <= 0 }) {
      lacks["price"] = "Each variant must have a price."
    }
    if product.images.isEmpty { lacks["images"] = "There must be at least one image." }
    if !lacks.isEmpty { throw CatalogError.productIncomplete(lacks) }
  }
}
