internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// An address of a product, category or collection, of today or of earlier. What has it today comes before what had it.
enum PathResolution {
  case product(String)
  case category(String)
  case collection(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: ResolvePathRequest) throws {
    var check = RequestCheck()
    switch request.path {
    case .product(let slug): self = .product(check.address(slug, "product", upTo: ProductFields.slugCharactersMax))
    case .category(let path): self = .category(check.address(path, "category", upTo: CategoryTree.pathCharactersMax))
    case .collection(let slug):
      self = .collection(check.address(slug, "collection", upTo: CollectionFields.slugCharactersMax))
    case nil:
      check.refuse("path", "One of product, category and collection must be set.")
      self = .product("")
    }
    try check.verify()
  }

  /// The error when the address leads to nothing.
  var missing: CatalogError {
    switch self {
    case .product(let slug): .noSuchProduct(slug)
    case .category(let path): .noSuchCategory(path)
    case .collection(let slug): .noSuchCollection(slug)
    }
  }

  var query: Query {
    switch self {
    case .product(let slug):
      """
      SELECT p.id AS resource_id, p.slug AS path, found.is_former
        FROM (SELECT p.id, false AS is_former FROM catalog.product p WHERE p.slug = \(slug)
               UNION ALL
              SELECT f.resource_id, true FROM catalog.former_slug f WHERE f.kind = 'product' AND f.slug = \(slug)) found
        JOIN catalog.product p ON p.id = found.id
        JOIN catalog.seller s ON s.id = p.seller_id
       WHERE p.status = 'active' AND NOT s.is_hidden
       ORDER BY found.is_former
       LIMIT 1
      """
    case .category(let path):
      """
      SELECT c.id AS resource_id, c.path, found.is_former
        FROM (SELECT c.id, false AS is_former FROM catalog.category c WHERE c.path = \(path)
               UNION ALL
              SELECT f.resource_id, true
                FROM catalog.former_slug f
               WHERE f.kind = 'category' AND f.slug = \(path)) found
        JOIN catalog.category c ON c.id = found.id
       ORDER BY found.is_former
       LIMIT 1
      """
    case .collection(let slug):
      """
      SELECT o.id AS resource_id, o.slug AS path, found.is_former
        FROM (SELECT o.id, false AS is_former FROM catalog.collection o WHERE o.slug = \(slug)
               UNION ALL
              SELECT f.resource_id, true
                FROM catalog.former_slug f
               WHERE f.kind = 'collection' AND f.slug = \(slug)) found
        JOIN catalog.collection o ON o.id = found.id
       WHERE \(CollectionColumns.isVisible)
       ORDER BY found.is_former
       LIMIT 1
      """
    }
  }
}

extension RequestCheck {
  /// A field that must be the slug of a product or the path of a category. They are lower-case ASCII: one that was
  /// typed, or sent by a program that shouts, is read all the same.
  mutating func address(_ text: Text, _ field: String, upTo charactersMax: Int) -> String {
    line(text, field, upTo: charactersMax, isRequired: true).lowercased()
  }
}
