internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The tree of categories, which one unit of work at a time changes.
struct CategoryTree {
  static let type = Category.descriptor.fullName
  static let topic = "catalog.category"
  private static let shelfTopic = "catalog.shelf"
  static let slugCharactersMax = 100
  static let titleCharactersMax = 200
  static let positionMax: Int32 = 9_999
  static let categoriesMax: Int64 = 9_999
  /// The depth of a category is below this.
  static let levelsMax: Int32 = 20
  /// Characters of a path with a slug of the full length on each level.
  static let pathCharactersMax = Int(levelsMax) * (slugCharactersMax + 1)

  let work: Work

  /// Waits until nobody else changes the tree or puts products on shelves.
  init(lockedIn work: Work) {
    self.work = work
    work.send("SELECT catalog.lock_tree()")
  }

  /// - Throws: ``CatalogError/noSuchCategory(_:)``.
  func category(_ id: ID) async throws -> Category {
    let query: Query = "SELECT \(CategoryColumns.category) FROM catalog.category c WHERE c.id = \(id)"
    guard let category = try await work.first(Category.self, query) else {
      throw CatalogError.noSuchCategory(id.description)
    }
    return category
  }

  /// - Throws: ``CatalogError/noSuchCategory(_:)``; ``StaleETag`` when the category has changed since the caller looked
  ///   at it.
  func category(_ id: ID, in state: ExpectedState) async throws -> Category {
    let category = try await category(id)
    guard let etag = ETag(category.etag.string) else { throw CatalogError.noSuchCategory(id.description) }
    try state.verify(etag.version, of: Self.type, id)
    return category
  }

  /// The category that another is put below; nil for the root.
  /// - Throws: ``CatalogError/noSuchCategory(_:)``; ``CatalogError/categoryTreeFull`` when so many levels below it are
  ///   too many.
  func parent(_ id: ID?, levelsBelow levels: Int32) async throws -> Category? {
    guard let id else { return nil }
    let parent = try await category(id)
    guard parent.depth + levels < Self.levelsMax else { throw CatalogError.categoryTreeFull }
    return parent
  }

  /// Whether a child of the parent has the slug, other than the category itself.
  func isTaken(_ slug: Slug, below parent: Category?, by category: ID) async throws -> Bool {
    let path = parent.map { "\($0.path.string)/\(slug.text)" } ?? slug.text
    return try await !work.rows(
      "SELECT FROM catalog.category WHERE path = \(path) AND id <> \(category)", access: .write
    ).isEmpty
  }

  /// Puts the category below a parent, at a place among its siblings; 0 is the last one.
  func place(_ id: ID, below parent: ID?, slug: Slug, at position: Int32) {
    work.send("SELECT catalog.place_category(\(id), \(parent)::uuid, \(slug.text), \(position)::int)")
  }

  /// Numbers the children of a parent from 1, without the one that leaves it.
  func closeGap(below parent: ID?, leftBy id: ID) {
    work.send("SELECT catalog.close_gap(\(parent)::uuid, \(id))")
  }

  /// Records a change: in the audit log, and as an event for the category, its parents and others.
  func record(
    _ change: RecordedChange, of id: ID, before: Category?, after: Category?, concerning others: [ID] = []
  ) throws {
    try work.audit("catalog.category.\(change.action)", on: Self.type, id, before: before, after: after)
    let parents = [before, after].compactMap { $0.flatMap { ID($0.parentID.string) } }
    publish(change, of: id, concerning: parents + others)
  }

  /// Tells of a change by an event.
  func publish(_ change: RecordedChange, of id: ID, concerning others: [ID]) {
    work.publish(NewEvent(Self.topic, change.event, of: id, subjects: others))
  }

  /// Tells by one event that other products are in these categories than before, however many there are.
  func publishShelves(of categories: [ID]) {
    guard let first = categories.first else { return }
    work.publish(NewEvent(Self.shelfTopic, "changed", of: first, subjects: categories))
  }
}

extension ContentionKey {
  /// The tree of categories.
  static let categoryTree = ContentionKey("catalog.category", .none)
}
