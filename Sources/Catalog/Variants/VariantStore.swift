internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Variants of a product, inside a unit of work that has locked the product.
struct VariantStore {
  static let type = Variant.descriptor.fullName

  let work: Work
  let sellers: SellerAccess

  var products: ProductStore { ProductStore(work: work, sellers: sellers) }

  /// Locks the tree of categories, shared with others, and then the product of a variant.
  /// - Throws: ``CatalogError/noSuchVariant(_:)``; ``StaleETag`` when the product has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> (product: Product, variant: Variant, ProductState) {
    products.lockTree()
    let query: Query = """
      SELECT p.id::text AS product, p.version, p.status
        FROM catalog.product p
       WHERE p.id = (SELECT v.product_id FROM catalog.variant v WHERE v.id = \(id))
         AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await state.lock(query, of: Self.type, id, work) else {
      throw CatalogError.noSuchVariant(id.description)
    }
    let product = try await products.product(try row.id("product"))
    // It may have been deleted while this waited for the lock.
    guard let variant = product.variants.first(where: { $0.id == id.description }) else {
      throw CatalogError.noSuchVariant(id.description)
    }
    return (product, variant, try ProductStore.state(row))
  }

  /// Before ``lock(_:in:)``: the seller of a variant gives no other variant a GTIN until this work ends. As in
  /// ``UpsertTargets``, the lock comes after that of the tree, and before products.
  func lockGTINs(ofSellerOf id: ID) {
    products.lockTree()
    work.send(
      """
      SELECT pg_advisory_xact_lock(hashtext('catalog.upsert'), hashtext(v.seller_id::text))
        FROM catalog.variant v
       WHERE v.id = \(id) AND \(sellers.covers("v.seller_id"))
      """)
  }

  /// - Throws: ``CatalogError/tooManyVariantsOfGTIN(_:field:)`` when a seller has too many.
  func verifyCount(of gtin: GTIN, by seller: ID, field: String) async throws {
    let rows = try await work.rows(UpsertGTINs.counts([gtin], of: seller), access: .write)
    guard try rows.allSatisfy({ try $0.int64("variants") <= Int64(GTIN.variantsOfSellerMax) }) else {
      throw CatalogError.tooManyVariantsOfGTIN(gtin.text, field: field)
    }
  }

  /// Deletes the stock of variants that are deleted next, and tells those who watch it.
  /// - Returns: false when one was sold or is reserved; then nothing is done.
  func dropStock(of variants: [ID]) async throws -> Bool {
    let events = work.send(
      """
      SELECT d.topic, d.type, d.key, array_to_string(d.subjects, ',') AS subjects, d.payload::text AS payload
        FROM inventory.deletions(\(variants)::uuid[]) d
       ORDER BY d.key
      """)
    let rows = try await work.rows("SELECT inventory.drop_stock(\(variants)::uuid[]) AS is_free", access: .write)
    guard try rows.first?.bool("is_free") == true else { return false }
    for row in try await events.rows() {
      let subjects = try row.string("subjects").split(separator: ",").map { text in
        guard let id = ID(String(text)) else { throw PostgresError.mapping("a subject is not a UUID") }
        return id
      }
      work.publish(
        NewEvent(
          try row.string("topic"), try row.string("type"), of: try row.id("key"), subjects: subjects,
          json: try row.string("payload")))
    }
    return true
  }

  /// Numbers the variants of a product in this order, in which all of them must be, from 1.
  func number(_ ids: [ID], of product: ID) {
    // Through positions that no variant has: the constraint holds after each row.
    work.send(
      """
      UPDATE catalog.variant SET position = position + \(OptionMatrix.combinationsMax) WHERE product_id = \(product)
      """)
    work.send(
      """
      UPDATE catalog.variant v
         SET position = o.place
        FROM unnest(\(ids)::uuid[]) WITH ORDINALITY AS o (id, place)
       WHERE v.id = o.id AND v.product_id = \(product)
      """)
  }
}
