internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A resource with texts that are translated, as a request names it. One that the caller may not translate is not
/// there: what is the platform's own is translated by those who have access to every seller.
struct TranslatedResource {
  /// Its present state.
  struct State {
    let sources: TranslationSources
    let etag: Text
    /// Whose it is; nil for what is the platform's.
    let seller: ID?
  }

  let id: ID
  private let kind: Kind
  private let sellers: SellerAccess

  /// Reads the fields `kind` and `resource_id` of a request, and notes what is wrong with them.
  init(_ kind: TranslatedKind, _ id: Text, by caller: Caller, _ check: inout RequestCheck) {
    self.kind = Kind(kind) ?? .product
    self.id = check.id(id, "resource_id")
    sellers = caller.sellers
    check.require(Kind(kind) != nil, "kind", "Must be a known TranslatedKind, such as TRANSLATED_KIND_PRODUCT.")
  }

  /// The full name of the resource's message.
  var type: String {
    switch kind {
    case .product: ProductStore.type
    case .category: CategoryTree.type
    case .productType: ProductTypeStore.type
    case .shop: CatalogError.shop
    case .collection: CollectionStore.type
    }
  }

  private var missing: CatalogError {
    switch kind {
    case .product: .noSuchManagedProduct(id.description)
    case .category: .noSuchCategory(id.description)
    case .productType: .noSuchProductType(id.description)
    case .shop: .noSuchShop(id.description)
    case .collection: .noSuchCollection(id.description)
    }
  }

  /// - Throws: ``CatalogError`` when there is no such resource for the caller.
  func read(_ runner: some QueryRunner, in arena: Arena) async throws -> State {
    switch kind {
    case .product:
      let query = ProductStore.query(id, sellers)
      guard let product = try await runner.first(Product.self, query, in: arena) else { throw missing }
      return State(sources: product.sources, etag: product.etag, seller: ID(product.sellerID.string))
    case .category:
      let query: Query = """
        SELECT \(CategoryColumns.category) FROM catalog.category c WHERE c.id = \(id) AND \(sellers.coversPlatform)
        """
      guard let found = try await runner.first(Category.self, query, in: arena) else { throw missing }
      return State(sources: found.sources, etag: found.etag, seller: nil)
    case .productType:
      let query: Query = """
        SELECT \(ProductTypeColumns.productType) FROM catalog.product_type t
         WHERE t.id = \(id) AND \(sellers.coversPlatform)
        """
      guard let type = try await runner.first(ProductType.self, query, in: arena) else { throw missing }
      return State(sources: type.sources, etag: type.etag, seller: nil)
    case .shop: return try await readShop(runner, in: arena)
    case .collection:
      let query: Query = """
        SELECT \(CollectionColumns.collection) FROM catalog.collection o
         WHERE o.id = \(id) AND \(sellers.coversPlatform)
        """
      guard let found = try await runner.first(Collection.self, query, in: arena) else { throw missing }
      return State(sources: found.sources, etag: found.etag, seller: nil)
    }
  }

  private func readShop(_ runner: some QueryRunner, in arena: Arena) async throws -> State {
    let rows = try await runner.rows(
      """
      SELECT h.description, h.holiday_note, \(ETag.column("h.version")) AS etag
        FROM sellers.shop_text h
       WHERE h.seller_id = \(id) AND \(sellers.covers("h.seller_id"))
      """)
    guard let row = rows.first else { throw missing }
    let resource = arena.text(id.description)
    var sources = TranslationSources()
    sources.add(.note("description", of: resource, upTo: 5_000), try row.string("description"))
    sources.add(.note("holiday.note", of: resource, upTo: 500), try row.string("holiday_note"))
    return State(sources: sources, etag: arena.text(try row.string("etag")), seller: id)
  }

  /// Locks the resource, and before a product or a category the tree.
  /// - Throws: ``CatalogError``; ``StaleETag`` when it has changed since the caller looked.
  func lock(in expected: ExpectedState, _ work: Work) async throws {
    switch kind {
    case .product, .category: work.send("SELECT catalog.lock_tree_shared()")
    // Whoever changes a shop locks it before the tree.
    case .productType, .shop, .collection: break
    }
    guard try await expected.lock(versionToLock, of: type, id, work) != nil else { throw missing }
  }

  private var versionToLock: Query {
    switch kind {
    case .product:
      """
      SELECT p.version FROM catalog.product p WHERE p.id = \(id) AND \(sellers.covers("p.seller_id")) FOR NO KEY UPDATE
      """
    case .category:
      """
      SELECT c.version FROM catalog.category c WHERE c.id = \(id) AND \(sellers.coversPlatform) FOR NO KEY UPDATE
      """
    case .productType:
      "SELECT t.version FROM catalog.product_type t WHERE t.id = \(id) AND \(sellers.coversPlatform) FOR UPDATE"
    case .collection:
      "SELECT o.version FROM catalog.collection o WHERE o.id = \(id) AND \(sellers.coversPlatform) FOR UPDATE"
    case .shop:
      """
      SELECT h.version FROM sellers.shop_text h
       WHERE h.seller_id = \(id) AND \(sellers.covers("h.seller_id"))
         FOR UPDATE
      """
    }
  }

  /// Gives the resource another version, because what is shown of it has changed.
  func renew(in work: Work) {
    switch kind {
    case .product:
      work.send(
        "UPDATE catalog.product SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(id)")
    case .category:
      work.send(
        "UPDATE catalog.category SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(id)")
    case .productType:
      work.send(
        "UPDATE catalog.product_type SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(id)")
    case .shop: work.send("SELECT sellers.renew_shop(\(id))")
    case .collection:
      work.send(
        "UPDATE catalog.collection SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(id)")
    }
  }

  private enum Kind {
    case product, category, productType, shop, collection

    init?(_ kind: TranslatedKind) {
      switch kind {
      case .product: self = .product
      case .category: self = .category
      case .productType: self = .productType
      case .shop: self = .shop
      case .collection: self = .collection
      case .unspecified, .unrecognized: return nil
      }
    }
  }
}

extension SellerAccess {
  /// A condition: what is the platform's own, and no seller's, is within reach.
  var coversPlatform: Query { self == .every ? "true" : "false" }
}
