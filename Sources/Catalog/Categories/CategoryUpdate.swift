internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// New values of a category.
struct CategoryUpdate {
  private static let fields = ["title", "slug"]

  let requestID: ID
  private let id: ID
  private let title: String
  private let slug: Slug?
  private let mask: UpdateMask
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateCategoryRequest, in arena: Arena) throws {
    let category = request.category ?? Category(in: arena)
    var check = RequestCheck()
    id = check.id(category.id, "category.id")
    mask = check.updateMask(request.updateMask, of: request.category, changing: Self.fields)
    title = check.line(
      category.title, "category.title", upTo: CategoryTree.titleCharactersMax, isRequired: mask.contains("title"))
    check.isAsWritten(category.locale, "category.locale")
    slug = check.slug(category.slug, "category.slug", upTo: CategoryTree.slugCharactersMax)
    check.require(slug != nil || !mask.contains("slug"), "category.slug", "Must be set.")
    expected = check.etag(category.etag, "category.etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the category has changed since the caller looked.
  func carryOut(in work: Work) async throws -> UpdateCategoryResponse {
    let tree = CategoryTree(lockedIn: work)
    let before = try await tree.category(id, in: expected)
    let newSlug = mask.contains("slug") && slug?.text != before.slug.string ? slug : nil
    if let newSlug { try await rename(before, to: newSlug, in: tree) }
    // A new slug has moved the version already.
    work.send(
      """
      UPDATE catalog.category
         SET title = CASE WHEN \(mask.contains("title"))::boolean THEN \(title) ELSE title END,
             version = version + \(newSlug == nil ? 1 : 0), updated_at = clock_timestamp()
       WHERE id = \(id)
      """)
    let response = UpdateCategoryResponse(in: work.arena)
    let after = try await tree.category(id)
    response.category = after
    StoredTranslations(of: id, in: work).compare(with: after.sources, insteadOf: before.sources)
    try tree.record(.update, of: id, before: before, after: after)
    return response
  }

  private func rename(_ category: Category, to slug: Slug, in tree: CategoryTree) async throws {
    let parent = ID(category.parentID.string)
    let above = try await tree.parent(parent, levelsBelow: 1)
    if try await tree.isTaken(slug, below: above, by: id) { throw CatalogError.slugTaken(slug.text) }
    tree.place(id, below: parent, slug: slug, at: category.position)
  }
}
