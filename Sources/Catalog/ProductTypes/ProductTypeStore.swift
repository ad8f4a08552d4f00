internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Types of products, inside a unit of work. The audit log records every change.
struct ProductTypeStore {
  static let type = ProductType.descriptor.fullName
  private static let typesMax = 1_000

  let work: Work

  /// The type as it was written.
  static func query(_ id: ID) -> Query {
    "SELECT \(ProductTypeColumns.productType) FROM catalog.product_type t WHERE t.id = \(id)"
  }

  /// - Throws: ``CatalogError/noSuchProductType(_:)``; ``StaleETag`` when the type has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> ProductType {
    let query: Query = """
      SELECT \(ProductTypeColumns.productType) FROM catalog.product_type t WHERE t.id = \(id) FOR UPDATE
      """
    guard let found = try await work.first(ProductType.self, query), let etag = ETag(found.etag.string) else {
      throw CatalogError.noSuchProductType(id.description)
    }
    try state.verify(etag.version, of: Self.type, id)
    return found
  }

  /// - Throws: ``CatalogError/productTypeExists(_:)``, ``CatalogError/tooManyProductTypes``.
  func create(title: String, attributes: String) async throws -> ProductType {
    let id = ID.made(at: work.now)
    // One at a time: each counts those before it.
    work.send("SELECT pg_advisory_xact_lock(hashtext('catalog.product_type'))")
    let query: Query = """
      INSERT INTO catalog.product_type AS t (id, title, attributes)
      SELECT \(id), \(title), \(attributes)
       WHERE (SELECT count(*) FROM catalog.product_type) < \(Self.typesMax)
      RETURNING \(ProductTypeColumns.productType)
      """
    let made = try await expecting(["catalog.product_type_title_key": CatalogError.productTypeExists(title)]) {
      try await work.first(ProductType.self, query)
    }
    guard let made else { throw CatalogError.tooManyProductTypes }
    try work.audit("catalog.product_type.create", on: Self.type, id, after: made)
    return made
  }

  /// - Parameters:
  ///   - title: nil to keep it.
  ///   - attributes: nil to keep them.
  /// - Throws: ``CatalogError/productTypeExists(_:)``.
  func update(_ before: ProductType, _ id: ID, title: String?, attributes: String?) async throws -> ProductType {
    let query: Query = """
      UPDATE catalog.product_type t
         SET title = coalesce(\(title)::text, t.title), attributes = coalesce(\(attributes)::jsonb, t.attributes),
             version = t.version + 1, updated_at = clock_timestamp()
       WHERE t.id = \(id)
      RETURNING \(ProductTypeColumns.productType)
      """
    let after = try await expecting(["catalog.product_type_title_key": CatalogError.productTypeExists(title ?? "")]) {
      try await work.first(ProductType.self, query)
    }
    guard let after else { throw CatalogError.noSuchProductType(id.description) }
    StoredTranslations(of: id, in: work).compare(with: after.sources, insteadOf: before.sources)
    try work.audit("catalog.product_type.update", on: Self.type, id, before: before, after: after)
    return after
  }

  /// - Throws: ``CatalogError/productTypeInUse(_:)``.
  func delete(_ before: ProductType, _ id: ID) async throws {
    // A product that gets the type at this moment waits for the lock on the type. The foreign key finds those before.
    _ = try await expecting(["catalog.product_product_type_fkey": CatalogError.productTypeInUse(id.description)]) {
      try await work.execute("DELETE FROM catalog.product_type WHERE id = \(id)")
    }
    StoredTranslations(of: id, in: work).delete()
    try work.audit("catalog.product_type.delete", on: Self.type, id, before: before)
  }
}
