internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// How one product is asked for.
enum ProductKey {
  case id(ID)
  case slug(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: GetProductRequest) throws {
    var check = RequestCheck()
    switch request.key {
    case .id(let id): self = .id(check.id(id, "id"))
    case .slug(let slug):
      check.require(!slug.isEmpty && slug.utf8Count <= 200, "slug", "Must have 1 to 200 characters.")
      self = .slug(slug.string)
    case nil:
      check.refuse("key", "One of id and slug must be set.")
      self = .id(.none)
    }
    try check.verify()
  }

  /// What the caller called it.
  var name: String {
    switch self {
    case .id(let id): id.description
    case .slug(let slug): slug
    }
  }

  var query: Query {
    """
    SELECT \(ProductColumns.nested)
      FROM catalog.product p
      JOIN catalog.seller s ON s.id = p.seller_id
      JOIN catalog.category c ON c.id = p.category_id
     WHERE \(condition) AND p.status = 'active'
    """
  }

  private var condition: Query {
    switch self {
    case .id(let id): "p.id = \(id)"
    case .slug(let slug): "p.slug = \(slug)"
    }
  }
}
