internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The end of a category whose products and children another one gets. All in one transaction, as a move: readers, who
/// wait for nobody, see the tree before or after.
struct CategoryMerge {
  let requestID: ID
  private let id: ID
  private let target: ID
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: MergeCategoriesRequest) throws {
    var check = RequestCheck()
    id = check.id(request.categoryID, "category_id")
    target = check.id(request.targetCategoryID, "target_category_id")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the category has changed since the caller looked.
  func carryOut(in work: Work) async throws -> MergeCategoriesResponse {
    let tree = CategoryTree(lockedIn: work)
    let before = try await tree.category(id, in: expected)
    let route = try await CategoryRoute(of: id, below: target, in: work)
    guard let above = try await tree.parent(target, levelsBelow: route.levels - 1) else {
      throw CatalogError.noSuchCategory(target.description)
    }
    let children = try await children(below: above, in: work)
    try await moveProducts(in: work)
    work.send("SELECT catalog.vacate_paths(\(id), \(target))")
    work.send("SELECT catalog.adopt_children(\(id), \(target))")
    try await route.reshelve(from: route.source + [id], in: tree)
    // Rules of earlier releases have the id as the request wrote it.
    work.send(
      """
      UPDATE catalog.collection
         SET rule = jsonb_set(rule, '{categoryId}', to_jsonb(\(target)::uuid::text)), version = version + 1,
             updated_at = clock_timestamp()
       WHERE lower(rule ->> 'categoryId') = \(id)::uuid::text
      """)
    work.send("DELETE FROM catalog.category_count WHERE category_id = \(id)")
    StoredTranslations(of: id, in: work).delete()
    tree.closeGap(below: ID(before.parentID.string), leftBy: id)
    work.sendRequirement(
      "DELETE FROM catalog.category WHERE id = \(id) RETURNING id", rows: 1, "a merged category was not deleted")
    let response = MergeCategoriesResponse(in: work.arena)
    let after = try await tree.category(target)
    response.category = after
    try tree.record(.merge, of: id, before: before, after: after, concerning: [target])
    for child in children { tree.publish(.move, of: child, concerning: [id, target]) }
    return response
  }

  /// The ids of its children.
  /// - Throws: ``CatalogError/childSlugTaken(_:)`` when another child of the target has the slug of one.
  private func children(below target: Category, in work: Work) async throws -> [ID] {
    let rows = try await work.rows(
      """
      SELECT c.id, c.slug, t.id IS NOT NULL AS is_taken
        FROM catalog.category c
        LEFT JOIN catalog.category t ON t.path = \(target.path) || '/' || c.slug AND t.id <> \(id)
       WHERE c.parent_id = \(id)
       ORDER BY c.position
      """, access: .write)
    if let taken = try rows.first(where: { try $0.bool("is_taken") }) {
      throw CatalogError.childSlugTaken(try taken.string("slug"))
    }
    return try rows.map { try $0.id("id") }
  }

  /// Gives the target all products of the category, whatever their state.
  private func moveProducts(in work: Work) async throws {
    let move: Query = """
      WITH moved AS MATERIALIZED (
        SELECT p.id
          FROM catalog.product p
         WHERE p.category_id = \(id)
         ORDER BY p.id
         LIMIT \(CategoryRoute.productsPerStatement)
           FOR NO KEY UPDATE
      )
      UPDATE catalog.product p
         SET category_id = \(target), version = p.version + 1, updated_at = clock_timestamp()
        FROM moved m
       WHERE p.id = m.id
      """
    while try await work.execute(move) == CategoryRoute.productsPerStatement {}
  }
}
