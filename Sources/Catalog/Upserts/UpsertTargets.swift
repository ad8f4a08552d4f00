internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// What the rows of an upsert refer to: their products, and what these name. All but slugs stay so until the work ends.
struct UpsertTargets {
  /// Of the products that there are, as Postgres writes them: the memory of an upsert is a few times as much.
  private static let bytesMax = 8 << 20
  private static let areSmall = "the products of an upsert are small enough"

  /// By external id.
  private(set) var products: [String: Product] = [:]
  private(set) var categories: Set<ID> = []
  private(set) var types: [ID: ProductType] = [:]
  /// The products that have slugs.
  private(set) var slugs: [String: ID] = [:]
  /// Those SKUs of the rows that the seller has.
  private(set) var skus: Set<String> = []
  /// Those GTINs of the rows that the seller's variants have.
  private(set) var gtins = UpsertGTINs()

  /// Locks the products, and reads everything. It takes the locks of other changes of products in their order; the lock
  /// of the seller's upserts comes after that of the tree, as in ``VariantStore/lockGTINs(ofSellerOf:)``.
  static func lock(_ rows: [UpsertRow], of seller: ID, _ store: ProductStore) async throws -> UpsertTargets {
    let (work, externalIDs) = (store.work, rows.map(\.externalID))
    store.lockTree()
    let access = work.send(
      """
      SELECT pg_advisory_xact_lock(hashtext('catalog.upsert'), hashtext(s.id::text))
        FROM catalog.seller s
       WHERE s.id = \(seller) AND \(store.sellers.covers("s.id"))
      """)
    let named = Self.products(externalIDs, of: seller, store.sellers)
    let locked = work.send("SELECT p.id \(named) ORDER BY p.id FOR NO KEY UPDATE")
    // Statements of their own: they have snapshots from after the locks.
    work.send(
      "SELECT platform.require(coalesce(sum(octet_length(p::text)), 0) <= \(bytesMax), \(areSmall)) \(named)")
    let reading = Reading(rows, of: seller, named, work)
    guard try await !access.rows().isEmpty else { throw CatalogError.noSuchSeller(seller.description) }
    let ids = Set(try await locked.rows().map { try $0.string("id") })
    do {
      let targets = try await reading.targets()
      // One that another work has given the external id since then is not locked.
      guard targets.products.values.allSatisfy({ ids.contains($0.id.string) }) else {
        throw PostgresError.serializationFailure
      }
      return targets
    } catch let error as PostgresError where error.isUnmet(areSmall) {
      var check = RequestCheck()
      check.refuse("products", "Must be fewer: those that there are have more than \(bytesMax) bytes.")
      try check.verify()
      throw error
    }
  }

  static func products(_ externalIDs: [String], of seller: ID, _ sellers: SellerAccess) -> Query {
    """
    FROM catalog.product p
     WHERE p.seller_id = \(seller) AND p.external_id = ANY (\(externalIDs)::text[]) AND \(sellers.covers("p.seller_id"))
    """
  }

  static func owners(ofSlugs slugs: [String]) -> Query {
    "SELECT p.slug, p.id FROM catalog.product p WHERE p.slug = ANY (\(slugs)::text[])"
  }

  /// OFFSET 0: each SKU is looked up by the key, whatever Postgres knows of the table. It would also read all variants
  /// of the seller, and compare each with all SKUs.
  static func variants(ofSKUs skus: [String], of seller: ID) -> Query {
    """
    SELECT v.sku
      FROM unnest(\(Set(skus).sorted())::text[]) AS k (sku)
     CROSS JOIN LATERAL (SELECT o.sku
                           FROM catalog.variant o
                          WHERE o.seller_id = \(seller) AND o.sku = k.sku
                         OFFSET 0) v
    """
  }

  /// Notes what a product has from now on, for the rows behind it.
  mutating func take(_ product: Product, _ id: ID, insteadOf before: Product?) {
    if !product.slug.isEmpty { slugs[product.slug.string] = id }
    for variant in product.variants { skus.insert(variant.sku.string) }
    gtins.take(product, insteadOf: before)
  }

  /// Notes that the product that had a slug has another one.
  mutating func giveUp(_ slug: String) { slugs[slug] = nil }

  /// Gives the new products that have no slug one of their titles, or another one where that is taken.
  mutating func nameProducts(in changes: [ProductChange], _ work: Work) async throws {
    let charactersMax = ProductFields.slugCharactersMax
    let wanted = changes.filter { $0.after.slug.isEmpty }.map { change in
      (change, Slug(of: change.after.title.string, charactersMax: charactersMax) ?? Slug.of("product", change.id))
    }
    if wanted.isEmpty { return }
    for row in try await work.rows(Self.owners(ofSlugs: wanted.map(\.1.text)), access: .write) {
      slugs[try row.string("slug")] = try row.id("id")
    }
    for (change, slug) in wanted {
      let isTaken = slugs[slug.text] != nil
      let own = isTaken ? slug.distinguished(by: change.id, charactersMax: charactersMax) : slug
      change.after.slug = change.after.storage.arena.text(own.text)
      slugs[own.text] = change.id
    }
  }
}

extension UpsertTargets {
  /// The statements that read everything. They travel together.
  private struct Reading {
    private let products: PendingAnswer
    private let categories: PendingAnswer
    private let types: PendingAnswer
    private let slugs: PendingAnswer
    private let skus: PendingAnswer
    private let gtins: PendingAnswer

    init(_ rows: [UpsertRow], of seller: ID, _ named: Query, _ work: Work) {
      categories = work.send(
        "SELECT c.id FROM catalog.category c WHERE c.id = ANY (\(rows.map(\.fields.category))::uuid[])")
      types = work.send(
        """
        SELECT \(ProductTypeColumns.productType)
          FROM catalog.product_type t
         WHERE t.id = ANY (\(rows.compactMap(\.fields.productType))::uuid[])
            OR t.id IN (SELECT p.product_type_id \(named))
         ORDER BY t.id FOR KEY SHARE
        """)
      slugs = work.send(UpsertTargets.owners(ofSlugs: rows.compactMap(\.slug)))
      skus = work.send(UpsertTargets.variants(ofSKUs: rows.flatMap { $0.variants.map(\.sku) }, of: seller))
      gtins = work.send(UpsertGTINs.counts(rows.flatMap { $0.variants.compactMap(\.gtin) }, of: seller))
      products = work.send(
        """
        SELECT \(ProductColumns.managed)
          FROM \(ProductColumns.tables)
         WHERE p.id IN (SELECT p.id \(named))
        """)
    }

    /// The products are read into memory of their own.
    func targets() async throws -> UpsertTargets {
      var targets = UpsertTargets()
      let arena = Arena()
      for product in try await products.all(Product.self, in: arena) {
        targets.products[product.externalID.string] = product
      }
      for type in try await types.all(ProductType.self, in: arena) {
        if let id = ID(type.id.string) { targets.types[id] = type }
      }
      targets.categories = Set(try await categories.rows().map { try $0.id("id") })
      for row in try await slugs.rows() { targets.slugs[try row.string("slug")] = try row.id("id") }
      targets.skus = Set(try await skus.rows().map { try $0.string("sku") })
      targets.gtins = try UpsertGTINs(try await gtins.rows())
      return targets
    }
  }
}
