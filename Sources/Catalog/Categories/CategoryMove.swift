internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Another place for a category and its subtree. Its products change shelves in the same transaction: readers, who wait
/// for nobody, see the tree before or after.
struct CategoryMove {
  /// Products whose shelves one statement changes: it ends long before the time limit of statements, and before the
  /// server counts as unresponsive.
  private static let productsPerStatement = 1_000

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
    let route = try await route(in: work)
    if route.target.contains(id) { throw CatalogError.categoryCycle(parent: parent?.description ?? "") }
    let above = try await tree.parent(parent, levelsBelow: route.levels)
    guard let slug = Slug(before.slug.string, charactersMax: CategoryTree.slugCharactersMax) else {
      throw CatalogError.noSuchCategory(id.description)
    }
    if try await tree.isTaken(slug, below: above, by: id) { throw CatalogError.slugTaken(slug.text) }
    let former = ID(before.parentID.string)
    if former != parent { tree.closeGap(below: former, leftBy: id) }
    tree.place(id, below: parent, slug: slug, at: position)
    try await reshelve(from: route.source, to: route.target, in: work)
    let response = MoveCategoryResponse(in: work.arena)
    let after = try await tree.category(id)
    response.category = after
    try tree.record(.move, of: id, before: before, after: after)
    return response
  }

  /// The ids of its ancestors from the root down, before and after the move, and how many levels its subtree has.
  private func route(in work: Work) async throws -> (source: [ID], target: [ID], levels: Int32) {
    // "0" is the character after "/": the range of paths is exactly what lies below.
    let rows = try await work.rows(
      """
      SELECT array_to_string(c.lineage[:c.depth], ',') AS source,
             coalesce(array_to_string(p.lineage, ','), '') AS target,
             coalesce((SELECT max(d.depth) FROM catalog.category d
                        WHERE d.path > c.path || '/' AND d.path < c.path || '0'), c.depth) - c.depth + 1 AS levels
        FROM catalog.category c
        LEFT JOIN catalog.category p ON p.id = \(parent)::uuid
       WHERE c.id = \(id)
      """, access: .write)
    guard let row = rows.first else { throw CatalogError.noSuchCategory(id.description) }
    let (source, target) = (Self.ids(try row.string("source")), Self.ids(try row.string("target")))
    return (source, target, Int32(clamping: try row.int64("levels")))
  }

  private static func ids(_ list: String) -> [ID] { list.split(separator: ",").compactMap { ID(String($0)) } }

  /// Takes the products of the subtree from the shelves of the ancestors that it leaves to those of the ones that it
  /// gets. The shelves of the subtree itself stay.
  private func reshelve(from source: [ID], to target: [ID], in work: Work) async throws {
    let left = source.filter { !target.contains($0) }
    let entered = target.filter { !source.contains($0) }
    if left.isEmpty && entered.isEmpty { return }
    var last: ID?
    while true {
      let rows = try await work.rows(
        """
        WITH moved AS MATERIALIZED (
          SELECT s.product_id, s.seller_id, s.brand, s.price_minor, s.rating_score, s.units_sold, s.published_at
            FROM catalog.shelf s
           WHERE s.category_id = \(id)
             AND s.product_id > coalesce(\(last)::uuid, '00000000-0000-0000-0000-000000000000')
           ORDER BY s.product_id
           LIMIT \(Self.productsPerStatement)
        ), removed AS (
          DELETE FROM catalog.shelf h USING moved m
           WHERE h.product_id = m.product_id AND h.category_id = ANY (\(left)::uuid[])
        ), added AS (
          INSERT INTO catalog.shelf
                 (category_id, product_id, seller_id, brand, price_minor, rating_score, units_sold, published_at)
          SELECT e.id, m.* FROM moved m CROSS JOIN unnest(\(entered)::uuid[]) AS e (id)
        )
        SELECT m.product_id FROM moved m ORDER BY m.product_id DESC LIMIT 1
        """, access: .write)
      guard let row = rows.first, let next = ID(try row.string("product_id")) else { return }
      last = next
    }
  }
}
