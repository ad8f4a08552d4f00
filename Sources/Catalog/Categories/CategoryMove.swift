internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Another place for a category and its subtree. Its products change shelves in the same transaction, by statements
/// over sets: readers, who wait for nobody, see the tree before or after.
struct CategoryMove {
  /// The time for each statement, in ms: 100,000 products take some seconds, on a busy machine more.
  private static let statementMillisecondsMax = 100_000

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
    work.send("SELECT set_config('statement_timeout', \(Self.statementMillisecondsMax)::text, true)")
    let tree = CategoryTree(lockedIn: work)
    let before = try await tree.category(id, in: expected)
    let subtree = try await subtree(in: work)
    let above = try await tree.parent(parent, levelsBelow: subtree.levels)
    let (own, target) = (before.path.string, above?.path.string ?? "")
    if target == own || target.hasPrefix(own + "/") {
      throw CatalogError.categoryCycle(parent: parent?.description ?? "")
    }
    guard let slug = Slug(before.slug.string, charactersMax: CategoryTree.slugCharactersMax) else {
      throw CatalogError.noSuchCategory(id.description)
    }
    if try await tree.isTaken(slug, below: above, by: id) { throw CatalogError.slugTaken(slug.text) }
    tree.place(id, below: parent, slug: slug, at: position)
    work.send("SELECT catalog.reshelve_category(\(id), \(subtree.lineage)::uuid[])")
    let response = MoveCategoryResponse(in: work.arena)
    let after = try await tree.category(id)
    response.category = after
    try tree.record("move", of: id, before: before, after: after)
    return response
  }

  /// The ids from the root down to the category, and how many levels its subtree has.
  private func subtree(in work: Work) async throws -> (lineage: [ID], levels: Int32) {
    let rows = try await work.rows(
      """
      SELECT array_to_string(c.lineage, ',') AS lineage,
             (SELECT max(d.depth) FROM catalog.category d WHERE d.lineage @> ARRAY[c.id]) - c.depth + 1 AS levels
        FROM catalog.category c
       WHERE c.id = \(id)
      """, access: .write)
    guard let row = rows.first else { throw CatalogError.noSuchCategory(id.description) }
    let lineage = try row.string("lineage").split(separator: ",").compactMap { ID(String($0)) }
    return (lineage, Int32(clamping: try row.int64("levels")))
  }
}
