internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// Products of the sellers that a caller may access, inside a unit of work. Each change moves the product's version,
/// its rows in the lists and the counts in the same transaction, and is recorded.
///
/// Each work locks the tree of categories first, shared with others, and then the product: see docs/modules/catalog.md.
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

  /// Products as their seller sees them, by their ids.
  func products(_ ids: [ID]) async throws -> [ID: Product] {
    let query: Query = """
      SELECT \(ProductColumns.managed)
        FROM \(ProductColumns.tables)
       WHERE p.id = ANY (\(ids)::uuid[])
      """
    var products: [ID: Product] = [:]
    for product in try await work.all(Product.self, query) {
      if let id = ID(product.id.string) { products[id] = product }
    }
    return products
  }

  /// Keeps the tree of categories as it is until the work ends.
  func lockTree() { work.send("SELECT catalog.lock_tree_shared()") }

  /// Locks the tree, and then the product.
  /// - Throws: ``CatalogError/noSuchManagedProduct(_:)``; ``StaleETag`` when it has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> (before: Product, state: ProductState) {
    lockTree()
    let query: Query = """
      SELECT p.version, p.status
        FROM catalog.product p
       WHERE p.id = \(id) AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await state.lock(query, of: Self.type, id, work) else {
      throw CatalogError.noSuchManagedProduct(id.description)
    }
    return (try await product(id), try Self.state(row))
  }

  /// The state in the column `status`.
  static func state(_ row: Row) throws -> ProductState {
    guard let state = ProductState(rawValue: try row.string("status")) else {
      throw PostgresError.mapping("a product's status")
    }
    return state
  }

  /// A type of products, which stays as it is until the work ends; nil for no id.
  /// - Throws: ``CatalogError/noSuchProductType(_:)``.
  func productType(_ id: ID?) async throws -> ProductType? {
    guard let id else { return nil }
    let query: Query = """
      SELECT \(ProductTypeColumns.productType) FROM catalog.product_type t WHERE t.id = \(id) FOR KEY SHARE
      """
    guard let type = try await work.first(ProductType.self, query) else {
      throw CatalogError.noSuchProductType(id.description)
    }
    return type
  }

  /// What a product without images lacks.
  static let lacksImages = ["images": "There must be at least one image."]
  /// What a product without variants lacks.
  static let lacksVariants = ["variants": "There must be at least one variant."]

  /// What shoppers need and the product lacks, by field.
  func lacks(of product: Product) async throws -> [String: String] {
    Self.lacks(of: product, type: try await productType(ID(product.productTypeID.string)))
  }

  /// The same, where the type of the product is known.
  static func lacks(of product: Product, type: ProductType?) -> [String: String] {
    var lacks: [String: String] = [:]
    if product.images.isEmpty { lacks.merge(lacksImages) { first, _ in first } }
    if product.variants.isEmpty { lacks.merge(lacksVariants) { first, _ in first } }
    for variant in product.variants where (variant.price?.amountMinor ?? 0) <= 0 {
      lacks["variants.price"] = "Each variant must have a price: \(variant.sku.string) has none."
    }
    if let type {
      let options = Set(product.variants.first.map { $0.options.map(\.name.string) } ?? [])
      lacks.merge(AttributeValues(of: product).lacks(for: type, options: options)) { first, _ in first }
    }
    return lacks
  }

  /// - Throws: ``CatalogError/productIncomplete(_:)`` with every field that shoppers need.
  func verifyCompleteness(of product: Product) async throws {
    let lacks = try await lacks(of: product)
    if !lacks.isEmpty { throw CatalogError.productIncomplete(lacks) }
  }

  /// Gives a product the slug that was written, or else one of its title. Of two works that write the same slug, the
  /// later one waits for the other, and finds it taken.
  /// - Parameter write: writes the product with a slug; false when the slug is taken.
  /// - Throws: ``CatalogError/slugTaken(_:)``.
  func name(
    _ id: ID, written: Slug?, titled title: String, _ write: (Slug) async throws -> Bool
  ) async throws {
    let charactersMax = ProductFields.slugCharactersMax
    let wanted = written ?? Slug(of: title, charactersMax: charactersMax) ?? Slug.of("product", id)
    if try await write(wanted) { return }
    guard written == nil else { throw CatalogError.slugTaken(wanted.text) }
    let other = wanted.distinguished(by: id, charactersMax: charactersMax)
    guard try await write(other) else { throw CatalogError.slugTaken(other.text) }
  }

  /// Makes the stock of those variants of a product that have none.
  func openStock(of id: ID) {
    work.send(
      """
      SELECT inventory.open_stock(
               p.seller_id, p.id, ARRAY(SELECT v.id FROM catalog.variant v WHERE v.product_id = p.id))
        FROM catalog.product p
       WHERE p.id = \(id)
      """)
  }

  /// Ends a change that has moved the version: the lists and counts follow, and the change is recorded. The lists come
  /// last, with COMMIT, so that others wait for no round trip at the counts.
  func finish(_ change: RecordedChange, of id: ID, before: Product?) async throws -> Product {
    let after = try await product(id)
    if let before { StoredTranslations(of: id, in: work).compare(with: after.sources, insteadOf: before.sources) }
    noteDepartures([(before, after)])
    if before?.status == .active || after.status == .active {
      work.send("SELECT catalog.shelve_products(ARRAY[\(id)::uuid])")
    }
    try record(change, of: id, before: before, after: after)
    return after
  }

  /// Notes which categories the products have left: those who watch the stock in one hear of it.
  func noteDepartures(_ changes: [(before: Product?, after: Product?)]) {
    let moved = changes.compactMap { change -> (product: ID, category: ID)? in
      guard let before = change.before, let after = change.after, before.categoryID != after.categoryID,
        let product = ID(before.id.string), let category = ID(before.categoryID.string)
      else { return nil }
      return (product, category)
    }
    if moved.isEmpty { return }
    work.send(
      """
      SELECT inventory.leave_categories(
               coalesce(array_agg(m.product_id), '{}'), coalesce(array_agg(above.id), '{}'))
        FROM unnest(\(moved.map(\.product))::uuid[], \(moved.map(\.category))::uuid[]) m (product_id, category_id)
        JOIN catalog.category c ON c.id = m.category_id
       CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
      """)
  }

  /// Ends a change of variants: the version, the price and the documents of the product follow, and then the rest.
  func finishVariants(_ change: RecordedChange, of id: ID, before: Product?) async throws -> Product {
    work.send(
      "UPDATE catalog.product p SET version = p.version + 1, updated_at = clock_timestamp() WHERE p.id = \(id)")
    work.send("SELECT catalog.refresh_product_documents(ARRAY[\(id)::uuid])")
    return try await finish(change, of: id, before: before)
  }

  /// Records a change: in the audit log, and as an event for the product, its seller and its categories.
  func record(_ change: RecordedChange, of id: ID, before: Product?, after: Product?) throws {
    try work.audit(
      "catalog.product.\(change.action)", on: Self.type, id, before: try audited(before, beside: after),
      after: try audited(after, beside: before))
    publish(change, of: id, before: before, after: after)
  }

  /// Tells of a change by an event.
  func publish(_ change: RecordedChange, of id: ID, before: Product?, after: Product?) {
    var subjects: [ID] = []
    for product in [before, after].compactMap({ $0 }) {
      for subject in [product.sellerID, product.categoryID].compactMap({ ID($0.string) })
      where !subjects.contains(subject) {
        subjects.append(subject)
      }
    }
    work.publish(NewEvent(Self.topic, change.event, of: id, subjects: subjects))
  }

  /// A state of a product as the audit log has it: without the description and the variants that the other state has,
  /// too, because one change of a product with 250 variants changes few of them.
  private func audited(_ product: Product?, beside other: Product?) throws -> Product? {
    guard let product, let other else { return product }
    let copy = product.copy(in: work.arena)
    let (text, otherText): (Text, Text) = (product.description, other.description)
    if text == otherText { copy.description = Text() }
    let own = try product.variants.map { try $0.encoded() }
    let others = try other.variants.map { try $0.encoded() }
    let shared = Set(others)
    // Another order of the same ones is a change of all of them.
    if own != others && Set(own) == shared { return copy }
    copy.variants.removeAll()
    for (variant, bytes) in zip(product.variants, own) where !shared.contains(bytes) { copy.variants.append(variant) }
    return copy
  }
}
