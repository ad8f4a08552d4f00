internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A new category.
struct CategoryCreation {
  let requestID: ID
  private let title: String
  private let slug: Slug?
  private let parent: ID?
  private let position: Int32

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreateCategoryRequest, in arena: Arena) throws {
    let category = request.category ?? Category(in: arena)
    var check = RequestCheck()
    title = check.line(category.title, "category.title", upTo: CategoryTree.titleCharactersMax, isRequired: true)
    check.isAsWritten(category.locale, "category.locale")
    slug = check.slug(category.slug, "category.slug", upTo: CategoryTree.slugCharactersMax)
    parent = check.optionalID(category.parentID, "category.parent_id")
    position = category.position
    check.require(
      (0...CategoryTree.positionMax).contains(position), "category.position", "Must be from 1 to 9999, or 0.")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``.
  func carryOut(in work: Work) async throws -> CreateCategoryResponse {
    let tree = CategoryTree(lockedIn: work)
    let above = try await tree.parent(parent, levelsBelow: 1)
    let id = ID.made(at: work.now)
    try await insert(id, named: try await freeSlug(of: id, below: above, in: tree), in: tree)
    let response = CreateCategoryResponse(in: work.arena)
    let made = try await tree.category(id)
    response.category = made
    try tree.record(.create, of: id, before: nil, after: made)
    return response
  }

  private func freeSlug(of id: ID, below parent: Category?, in tree: CategoryTree) async throws -> Slug {
    let charactersMax = CategoryTree.slugCharactersMax
    let wanted = slug ?? Slug(of: title, charactersMax: charactersMax) ?? Slug.of("category", id)
    guard try await tree.isTaken(wanted, below: parent, by: id) else { return wanted }
    guard slug == nil else { throw CatalogError.slugTaken(wanted.text) }
    return wanted.distinguished(by: id, charactersMax: charactersMax)
  }

  /// Its version is 0 until it has its place.
  private func insert(_ id: ID, named slug: Slug, in tree: CategoryTree) async throws {
    let made = try await tree.work.execute(
      """
      INSERT INTO catalog.category (id, parent_id, slug, path, title, lineage, position, place, version)
      SELECT \(id), p.id, \(slug.text), concat_ws('/', p.path, \(slug.text)::text), \(title),
             coalesce(p.lineage, '{}') || \(id)::uuid, \(CategoryTree.positionMax), '', 0
        FROM (SELECT count(*) AS categories FROM catalog.category) tree
        LEFT JOIN catalog.category p ON p.id = \(parent)::uuid
       WHERE tree.categories < \(CategoryTree.categoriesMax)
      """)
    guard made == 1 else { throw CatalogError.categoryTreeFull }
    tree.place(id, below: parent, slug: slug, at: position)
  }
}
