internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Products of the sellers that a caller may access, inside a unit of work. Each change moves the product's version,
/// its places in the lists and the counts in the same transaction, and is recorded.
struct ProductStore {
  static let type = Product.descriptor.fullName
  static let topic = "catalog.product"

  let work: Work
  let sellers: SellerAccess

  /// The product as its seller sees it; nil when it is not there, or not for this caller.
  static func query(_ id: ID, _ sellers: SellerAccess) -> Query {
    """
    SELECT \(ProductColumns.managed)
      FROM \(ProductColumns.tables)
     WHERE p.id = \(id) AND \(sellers.covers("p.seller_id"))
    """
  }

  /// - Throws: ``CatalogError/noSuchManagedProduct(_:)``.
  func product(_ id: ID) async throws -> Product {
    guard let product = try await work.first(Product.self, Self.query(id, sellers)) else {
      throw CatalogError.noSuchManagedProduct(id.description)
    }
    return product
  }

  /// Locks the product, and the place of its category in the tree.
  /// - Throws: ``CatalogError/noSuchManagedProduct(_:)``; ``StaleETag`` when it has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> (before: Product, state: ProductState) {
    let query: Query = """
      SELECT p.version, p.status
        FROM catalog.product p
       WHERE p.id = \(id) AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await state.lock(query, of: Self.type, id, work) else {
      throw CatalogError.noSuchManagedProduct(id.description)
    }
    guard let status = ProductState(rawValue: try row.string("status")) else {
      throw PostgresError.mapping("a product's status")
    }
    return (try await product(id), status)
  }

  /// Locks the places of categories in the tree, so that their ancestors stay as they are until the commit.
  func lockPlaces(of categories: [ID]) {
    work.sendRowLocks(of: "catalog.category", by: "id", categories, reading: "id", .share)
  }

  /// Ends a change: the lists and counts follow, and the change is recorded.
  func finish(_ change: String, of id: ID, before: Product?) async throws -> Product {
    work.send("SELECT catalog.shelve_products(ARRAY[\(id)::uuid])")
    let after = try await product(id)
    try record(change, of: id, before: before, after: after)
    return after
  }

  func record(_ change: String, of id: ID, before: Product?, after: Product?) throws {
    try work.audit("catalog.product.\(change)", on: Self.type, id, before: before, after: after)
    let known = after ?? before
    let subjects = [known?.sellerID, known?.categoryID].compactMap { $0.flatMap { ID($0.string) } }
    work.publish(NewEvent(Self.topic, change, of: id, subjects: subjects))
  }
}
