internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The key of one category in a request: its id or its path.
enum CategoryKey {
  case id(ID)
  case path(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: GetCategoryRequest) throws {
    var check = RequestCheck()
    switch request.key {
    case .id(let id): self = .id(check.id(id, "id"))
    case .path(let path): self = .path(check.address(path, "path", upTo: CategoryTree.pathCharactersMax))
    case nil:
      check.refuse("key", "One of id and path must be set.")
      self = .id(.none)
    }
    try check.verify()
  }

  /// The identifier that the caller used.
  var name: String {
    switch self {
    case .id(let id): id.description
    case .path(let path): path
    }
  }

  var query: Query { "SELECT \(CategoryColumns.nested) FROM catalog.category c WHERE \(condition)" }

  private var condition: Query {
    switch self {
    case .id(let id): "c.id = \(id)"
    case .path(let path): "c.path = \(path)"
    }
  }
}
