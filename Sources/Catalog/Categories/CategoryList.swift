internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of a part of the category tree, in tree order.
struct CategoryList: PagedList {
  typealias Element = Category

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
    let order = ListOrder("tree", .index("category_by_place"), by: .text("c.place"), .id("c.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer, Self.pageSizes)
    try check.verify()
  }

  var rows: ListRows { ListRows(CategoryColumns.category, from: "catalog.category c", where: condition) }

  private var condition: Query {
    guard let parent else { return "c.depth < \(depthLimit)" }
    // "/" is the character after ".": the range is exactly what lies below.
    return """
      c.place > (SELECT t.place || '.' FROM catalog.category t WHERE t.id = \(parent))
         AND c.place < (SELECT t.place || '/' FROM catalog.category t WHERE t.id = \(parent))
         AND c.depth - (SELECT t.depth FROM catalog.category t WHERE t.id = \(parent)) <= \(depthLimit)
      """
  }

  /// - Throws: NOT_FOUND when the parent does not exist, which is why the page is empty.
  func explainNothing(_ database: CallDatabase) async throws {
    guard let parent else { return }
    if try await database.rows("SELECT FROM catalog.category WHERE id = \(parent)").isEmpty {
      throw CatalogError.noSuchCategory(parent.description)
    }
  }
}
