internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The end of an empty category.
struct CategoryDeletion {
  let requestID: ID
  private let id: ID
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteCategoryRequest) throws {
    var check = RequestCheck()
    id = check.id(request.categoryID, "category_id")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the category has changed since the caller looked.
  func carryOut(in work: Work) async throws -> DeleteCategoryResponse {
    let tree = CategoryTree(lockedIn: work)
    let before = try await tree.category(id, in: expected)
    work.send("DELETE FROM catalog.category_count WHERE category_id = \(id)")
    tree.closeGap(below: ID(before.parentID.string), leftBy: id)
    // A product that is added at this moment waits for the lock on the tree. The foreign keys find those before it.
    let notEmpty = CatalogError.categoryNotEmpty(id.description)
    _ = try await expecting([
      "catalog.category_parent_fkey": notEmpty, "catalog.product_category_fkey": notEmpty,
    ]) {
      try await work.execute("DELETE FROM catalog.category WHERE id = \(id)")
    }
    StoredTranslations(of: id, in: work).delete()
    tree.publishShelves(of: [id])
    try tree.record(.delete, of: id, before: before, after: nil)
    return DeleteCategoryResponse(in: work.arena)
  }
}
