internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Another place for a category and its subtree. Its products change shelves in the same transaction: readers, who wait
/// for nobody, see the tree before or after.
struct CategoryMove {
  let requestID: ID
  private let id: ID
  private let parent: ID?
  private let position: Int32
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: MoveCategoryRequest) throws {
    var check = RequestCheck()
    id = check.id(request.categoryID, "category_id")
    parent = check.optionalID(request.parentID, "parent_id")
    position = request.position
    check.require((0...CategoryTree.positionMax).contains(position), "position", "Must be from 1 to 9999, or 0.")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the category has changed since the caller looked.
  func carryOut(in work: Work) async throws -> MoveCategoryResponse {
    let tree = CategoryTree(lockedIn: work)
    let before = try await tree.category(id, in: expected)
    let route = try await CategoryRoute(of: id, below: parent, in: work)
    let above = try await tree.parent(parent, levelsBelow: route.levels)
    guard let slug = Slug(before.slug.string, charactersMax: CategoryTree.slugCharactersMax) else {
      throw CatalogError.noSuchCategory(id.description)
    }
    if try await tree.isTaken(slug, below: above, by: id) { throw CatalogError.slugTaken(slug.text) }
    let former = ID(before.parentID.string)
    if former != parent { tree.closeGap(below: former, leftBy: id) }
    tree.place(id, below: parent, slug: slug, at: position)
    try await route.reshelve(from: route.source, in: tree)
    let response = MoveCategoryResponse(in: work.arena)
    let after = try await tree.category(id)
    response.category = after
    try tree.record(.move, of: id, before: before, after: after)
    return response
  }
}
