internal import FastShopAPI
internal import Platform
internal import Postgres

/// A part of the category tree.
struct CategoryList {
  private static let categoriesMax = 10_000

  let parent: ID?
  private let depthLimit: Int32

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCategoriesRequest) throws {
    var check = RequestCheck()
    parent = check.optionalID(request.parentID, "parent_id")
    depthLimit = request.depthLimit == 0 ? .max : request.depthLimit
    check.require(request.depthLimit >= 0, "depth_limit", "Must not be negative; 0 means all levels.")
    try check.verify()
  }

  /// In tree order.
  var query: Query {
    guard let parent else {
      return """
        SELECT \(Self.columns)
          FROM catalog.category c
         WHERE c.depth < \(depthLimit)
         ORDER BY c.place
         LIMIT \(Self.categoriesMax)
        """
    }
    // "0" is the character after "/": the range is exactly what lies below.
    return """
      SELECT \(Self.columns)
        FROM catalog.category top
        JOIN catalog.category c ON c.path > top.path || '/' AND c.path < top.path || '0'
       WHERE top.id = \(parent) AND c.depth - top.depth <= \(depthLimit)
       ORDER BY c.place
       LIMIT \(Self.categoriesMax)
      """
  }

  private static var columns: Query {
    """
    c.id, coalesce(c.parent_id::text, '') AS parent_id, c.slug, c.path, c.title, c.depth, c.position, c.product_count
    """
  }

  static func exists(_ category: ID, _ database: CallDatabase) async throws(PostgresError) -> Bool {
    try await !database.rows("SELECT FROM catalog.category WHERE id = \(category)").isEmpty
  }
}
