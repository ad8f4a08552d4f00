internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

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
    work.send(
      """
      UPDATE catalog.product p
         SET status = \(transition.state.rawValue), publish_at = NULL, version = p.version + 1,
             updated_at = clock_timestamp()
       WHERE p.id = \(id)
      """)
    return try await store.finish(move.change, of: id, before: before)
  }

  /// Deletes the product with everything that belongs to it.
  /// - Throws: the same, and ``CatalogError/productWasSold(_:)``.
  func delete(in work: Work) async throws {
    let store = ProductStore(work: work, sellers: caller.sellers)
    let (before, state) = try await store.lock(id, in: expected)
    _ = try ProductMove.machine.transition(move, from: state, with: caller.permissions)
    let rows = try await work.rows(
      "SELECT p.units_sold = 0 AND p.rating_count = 0 AS is_free FROM catalog.product p WHERE p.id = \(id)",
      access: .write)
    let variants = before.variants.compactMap { ID($0.id.string) }
    let stock = VariantStore(work: work, sellers: caller.sellers)
    guard try rows.first?.bool("is_free") == true, try await stock.dropStock(of: variants) else {
      throw CatalogError.productWasSold(id.description)
    }
    work.send("SELECT catalog.lock_files(\(id), \(variants)::uuid[])")
    work.send("DELETE FROM catalog.image WHERE product_id = \(id)")
    work.send("DELETE FROM catalog.variant WHERE product_id = \(id)")
    work.sendRequirement(
      "DELETE FROM catalog.product WHERE id = \(id) RETURNING id", rows: 1, "a product was not deleted")
    StoredTranslations(of: id, in: work).delete()
    try store.record(move.change, of: id, before: before, after: nil)
  }
}
