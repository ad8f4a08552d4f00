internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The key of one collection in a request: its id or its slug.
enum CollectionKey {
  case id(ID)
  case slug(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: GetCollectionRequest) throws {
    var check = RequestCheck()
    switch request.key {
    case .id(let id): self = .id(check.id(id, "id"))
    case .slug(let slug):
      self = .slug(check.address(slug, "slug", upTo: CollectionFields.slugCharactersMax))
    case nil:
      check.refuse("key", "One of id and slug must be set.")
      self = .id(.none)
    }
    try check.verify()
  }

  /// The identifier that the caller used.
  var name: String {
    switch self {
    case .id(let id): id.description
    case .slug(let slug): slug
    }
  }

  /// The collection as shoppers see it.
  /// - Throws: ``CatalogError/noSuchCollection(_:)``.
  func read(_ runner: some QueryRunner, in arena: Arena) async throws -> Collection {
    let query: Query = """
      SELECT \(CollectionColumns.collection)
        FROM catalog.collection o
       WHERE \(condition) AND \(CollectionColumns.isVisible)
      """
    guard let found = try await runner.first(Collection.self, query, in: arena) else {
      throw CatalogError.noSuchCollection(name)
    }
    return found
  }

  private var condition: Query {
    switch self {
    case .id(let id): "o.id = \(id)"
    case .slug(let slug): "o.slug = \(slug)"
    }
  }
}
