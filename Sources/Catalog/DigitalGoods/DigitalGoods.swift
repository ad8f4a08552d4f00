internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// What is sold with one variant as files and licence keys. The row of its product is locked.
struct DigitalGoods {
  /// The maximum number of files of a variant.
  static let filesMax = 50
  /// Characters of the name of a file.
  static let nameCharactersMax = 200
  static let fileType = DigitalFile.descriptor.fullName

  let variant: ID
  let work: Work
  private let product: ID
  /// Whom a change of the product concerns: its seller, its category.
  private let subjects: [ID]

  private init(_ row: Row, in work: Work) throws {
    (variant, product, self.work) = (try row.id("variant"), try row.id("product"), work)
    subjects = [try row.id("seller"), try row.id("category")]
  }

  /// The product of a variant, and its seller.
  /// - Throws: ``MediaError/noSuchVariant(_:)`` also for one that the caller does not reach.
  static func product(of variant: ID, _ call: Call) async throws -> (product: ID, seller: ID) {
    let query: Query = """
      SELECT v.product_id::text AS product, v.seller_id::text AS seller
        FROM catalog.variant v
       WHERE v.id = \(variant) AND \(call.caller.sellers.covers("v.seller_id"))
      """
    guard let row = try await call.database.rows(query).first else {
      throw MediaError.noSuchVariant(variant.description)
    }
    return (try row.id("product"), try row.id("seller"))
  }

  /// Verifies that a variant has a file, before another one is taken for it.
  /// - Throws: ``MediaError/noSuchDigitalFile(_:)``.
  static func verify(_ file: ID, of variant: ID, _ call: Call) async throws {
    let query: Query = "SELECT FROM catalog.digital_file d WHERE d.id = \(file) AND d.variant_id = \(variant)"
    if try await call.database.rows(query).isEmpty { throw MediaError.noSuchDigitalFile(file.description) }
  }

  /// Locks the product of a variant.
  /// - Throws: ``MediaError/noSuchVariant(_:)`` also for one that the caller does not reach.
  static func lock(_ variant: ID, for sellers: SellerAccess, in work: Work) async throws -> DigitalGoods {
    work.send("SELECT catalog.lock_tree_shared()")
    let locked = work.send(locking("\(variant)::uuid", sellers))
    // It may have been deleted while this waited for the product.
    let present = try await work.rows("SELECT v.id FROM catalog.variant v WHERE v.id = \(variant)", access: .write)
    guard let row = try await locked.rows().first, !present.isEmpty else {
      throw MediaError.noSuchVariant(variant.description)
    }
    return try DigitalGoods(row, in: work)
  }

  /// Locks the product of the variant of a file.
  /// - Throws: ``MediaError/noSuchDigitalFile(_:)`` also for one that the caller does not reach.
  static func lock(ofFile file: ID, for sellers: SellerAccess, in work: Work) async throws -> DigitalGoods {
    work.send("SELECT catalog.lock_tree_shared()")
    let variant: Query = "(SELECT d.variant_id FROM catalog.digital_file d WHERE d.id = \(file))"
    guard let row = try await work.rows(locking(variant, sellers)).first else {
      throw MediaError.noSuchDigitalFile(file.description)
    }
    return try DigitalGoods(row, in: work)
  }

  private static func locking(_ variant: Query, _ sellers: SellerAccess) -> Query {
    """
    SELECT v.id::text AS variant, p.id::text AS product, p.seller_id::text AS seller,
           p.category_id::text AS category
      FROM catalog.variant v JOIN catalog.product p ON p.id = v.product_id
     WHERE v.id = \(variant) AND \(sellers.covers("p.seller_id"))
       FOR NO KEY UPDATE OF p
    """
  }

  /// The columns of a ``DigitalFile``; `d` is catalog.digital_file, `f` its uploaded file.
  private static var columns: Query {
    "d.id, d.variant_id, d.file_name, f.size_bytes, d.created_at AS create_time, d.updated_at AS update_time"
  }
  private static var tables: Query { "catalog.digital_file d JOIN catalog.media_file f ON f.hash = d.file_hash" }

  /// The files of a variant, the oldest first.
  static func files(of variant: ID) -> Query {
    """
    SELECT \(columns)
      FROM \(tables)
     WHERE d.variant_id = \(variant)
     ORDER BY d.id
     LIMIT \(Int32(clamping: filesMax))
    """
  }

  /// One file of the variant.
  /// - Throws: ``MediaError/noSuchDigitalFile(_:)``.
  func file(_ id: ID) async throws -> DigitalFile {
    let query: Query = """
      SELECT \(Self.columns) FROM \(Self.tables) WHERE d.id = \(id) AND d.variant_id = \(variant)
      """
    guard let file = try await work.first(DigitalFile.self, query) else {
      throw MediaError.noSuchDigitalFile(id.description)
    }
    return file
  }

  /// Adds a file.
  /// - Throws: ``MediaError/tooMany(limit:)``.
  func add(_ file: MediaFile, named name: String) async throws -> DigitalFile {
    let added = try await work.rows(
      """
      INSERT INTO catalog.digital_file AS d (variant_id, seller_id, file_name, file_hash)
      SELECT v.id, v.seller_id, \(name)::text, decode(\(file.digits), 'hex')
        FROM catalog.variant v
       WHERE v.id = \(variant)
         AND (SELECT count(*) FROM catalog.digital_file o WHERE o.variant_id = v.id)
             < \(Int32(clamping: Self.filesMax))
      RETURNING d.id::text AS id
      """, access: .write)
    guard let row = added.first else { throw MediaError.tooMany(limit: Self.filesMax) }
    return try await self.file(row.id("id"))
  }

  /// Puts a file in place of another one, which ``file(_:)`` has found.
  func replace(_ id: ID, by file: MediaFile, named name: String) async throws -> DigitalFile {
    work.sendRequirement(
      """
      UPDATE catalog.digital_file
         SET file_name = \(name), file_hash = decode(\(file.digits), 'hex'), updated_at = clock_timestamp()
       WHERE id = \(id) AND variant_id = \(variant)
      RETURNING id
      """, rows: 1, "digital_file_is_there")
    return try await self.file(id)
  }

  /// Removes a file of the variant.
  func remove(_ id: ID) {
    work.sendRequirement(
      "DELETE FROM catalog.digital_file WHERE id = \(id) AND variant_id = \(variant) RETURNING id", rows: 1,
      "digital_file_is_there")
  }

  /// Ends a change: the variant says whether it is digital, the product's version moves, the lists follow the price
  /// that its document has now, and the event log has it.
  func touch() {
    work.send(
      """
      UPDATE catalog.variant v
         SET is_digital = EXISTS (SELECT FROM catalog.digital_file d WHERE d.variant_id = v.id)
                          OR EXISTS (SELECT FROM catalog.licence_key k WHERE k.variant_id = v.id)
       WHERE v.id = \(variant)
      """)
    work.send("SELECT catalog.refresh_product_documents(ARRAY[\(product)::uuid])")
    work.send(
      "UPDATE catalog.product SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(product)")
    work.send("SELECT catalog.shelve_products(ARRAY[\(product)::uuid])")
    work.publish(NewEvent(ProductStore.topic, RecordedChange.update.event, of: product, subjects: subjects))
  }
}
