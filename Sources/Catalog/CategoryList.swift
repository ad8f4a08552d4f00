internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of a part of the category tree.
struct CategoryList {
  private static let pageSizes = PageSizes(usual: 250, most: 1_000)

  let page: PageRequest
  private let parent: ID?
  private let depthLimit: Int32

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCategoriesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    parent = check.optionalID(request.parentID, "parent_id")
    depthLimit = request.depthLimit == 0 ? .max : request.depthLimit
    check.require(request.depthLimit >= 0, "depth_limit", "Must not be negative; 0 means all levels.")
    var filters = Fingerprint()
    filters.add(parent?.description ?? "")
    filters.add(String(depthLimit))
    page = check.page(request.pageSize, request.pageToken, signedBy: signer, Self.pageSizes, filters: filters)
    try check.verify()
  }

  /// The query, in tree order. A page begins after the current position of the previous page's last category.
  var query: Query {
    guard let parent else {
      return """
        SELECT \(Self.columns)
          FROM catalog.category c
         WHERE c.depth < \(depthLimit)\(behind)
         ORDER BY c.place
         LIMIT \(page.limit)
        """
    }
    // "/" is the character after ".": the range is exactly what lies below.
    return """
      SELECT \(Self.columns)
        FROM catalog.category top
        JOIN catalog.category c ON c.place > top.place || '.' AND c.place < top.place || '/'
       WHERE top.id = \(parent) AND c.depth - top.depth <= \(depthLimit)\(behind)
       ORDER BY c.place
       LIMIT \(page.limit)
      """
  }

  private var behind: Query {
    page.after.map { " AND c.place > (SELECT l.place FROM catalog.category l WHERE l.id = \($0.id))" as Query } ?? ""
  }

  private static var columns: Query {
    """
    c.id, coalesce(c.parent_id::text, '') AS parent_id, c.slug, c.path, c.title, c.depth, c.position, c.product_count
    """
  }

  /// Throws the reason if an empty page has one other than a lack of categories.
  /// - Throws: NOT_FOUND for an absent parent; INVALID_ARGUMENT for a page token whose category was deleted.
  func explainNothing(_ database: CallDatabase) async throws {
    if let parent, try await !Self.exists(parent, database) { throw CatalogError.noSuchCategory(parent.description) }
    guard let last = page.after?.id, try await !Self.exists(last, database) else { return }
    var check = RequestCheck()
    check.refuse("page_token", "Its category has been removed from the tree: start again at the first page.")
    try check.verify()
  }

  private static func exists(_ category: ID, _ database: CallDatabase) async throws(PostgresError) -> Bool {
    try await !database.rows("SELECT FROM catalog.category WHERE id = \(category)").isEmpty
  }
}
