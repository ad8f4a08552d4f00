internal import CatalogAPI
internal import Images
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// The images of one product, whose row is locked: what changes them moves the product's version, and is seen at once.
struct ProductImages {
  /// The maximum number of images of a product.
  static let countMax = 100
  /// Characters of an alternative text.
  static let altCharactersMax = 300
  static let type = Image.descriptor.fullName
  static let productType = Product.descriptor.fullName

  private let product: ID
  private let work: Work
  /// Whom a change of the product concerns: its seller, its category.
  private let subjects: [ID]

  private init(_ row: Row, of product: ID, in work: Work) throws {
    (self.product, self.work) = (product, work)
    subjects = try [row.id("seller"), row.id("category")]
  }

  /// - Returns: the seller of the product.
  /// - Throws: ``MediaError/noSuchProduct(_:)`` also for one that the caller does not reach.
  @discardableResult
  static func verify(_ product: ID, _ call: Call) async throws -> ID {
    let query: Query = """
      SELECT p.seller_id::text AS seller
        FROM catalog.product p WHERE p.id = \(product) AND \(call.caller.sellers.covers("p.seller_id"))
      """
    guard let row = try await call.database.rows(query).first else {
      throw MediaError.noSuchProduct(product.description)
    }
    return try row.id("seller")
  }

  /// Locks the product.
  /// - Throws: ``MediaError/noSuchProduct(_:)`` also for one that the caller does not reach.
  static func lock(_ product: ID, for sellers: SellerAccess, in work: Work) async throws -> ProductImages {
    let query: Query = """
      SELECT p.seller_id::text AS seller, p.category_id::text AS category
        FROM catalog.product p
       WHERE p.id = \(product) AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await work.rows(query).first else { throw MediaError.noSuchProduct(product.description) }
    return try ProductImages(row, of: product, in: work)
  }

  /// Locks the product of an image.
  /// - Throws: ``MediaError/noSuchImage(_:)`` also for one that the caller does not reach.
  static func lock(ofImage image: ID, for sellers: SellerAccess, in work: Work) async throws -> ProductImages {
    let query: Query = """
      SELECT p.id::text AS product, p.seller_id::text AS seller, p.category_id::text AS category
        FROM catalog.product p
       WHERE p.id = (SELECT i.product_id FROM catalog.image i WHERE i.id = \(image))
         AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await work.rows(query).first else { throw MediaError.noSuchImage(image.description) }
    return try ProductImages(row, of: try row.id("product"), in: work)
  }

  /// The columns of an ``Image``; `i` is catalog.image.
  private static var columns: Query { "i.id, i.url, i.alt, i.width, i.height" }

  /// All images in their order.
  func all() async throws -> RepeatedField<Image> {
    try await work.all(
      Image.self, "SELECT \(Self.columns) FROM catalog.image i WHERE i.product_id = \(product) ORDER BY i.position")
  }

  /// One image of the product.
  /// - Throws: ``MediaError/noSuchImage(_:)``.
  func image(_ id: ID) async throws -> Image {
    let query: Query = """
      SELECT \(Self.columns) FROM catalog.image i WHERE i.id = \(id) AND i.product_id = \(product)
      """
    guard let image = try await work.first(Image.self, query) else { throw MediaError.noSuchImage(id.description) }
    return image
  }

  /// Adds the image of a file after the others.
  /// - Throws: ``MediaError/tooMany(limit:)``.
  func add(_ file: MediaFile, _ header: ImageHeader, alt: String, under urlPrefix: String) async throws -> Image {
    let added = try await work.first(
      Image.self,
      """
      INSERT INTO catalog.image AS i (product_id, seller_id, position, url, alt, width, height, file_hash)
      SELECT p.id, p.seller_id, coalesce(max(o.position), 0) + 1, \(urlPrefix + file.path)::text, \(alt)::text,
             \(Int32(clamping: header.width))::int, \(Int32(clamping: header.height))::int,
             decode(\(file.digits), 'hex')
        FROM catalog.product p LEFT JOIN catalog.image o ON o.product_id = p.id
       WHERE p.id = \(product)
       GROUP BY p.id
      HAVING coalesce(max(o.position), 0) < \(Int32(clamping: Self.countMax))
      RETURNING \(Self.columns)
      """)
    guard let added else { throw MediaError.tooMany(limit: Self.countMax) }
    return added
  }

  /// Gives an image of the product another alternative text.
  /// - Throws: ``MediaError/noSuchImage(_:)``.
  func setAlt(_ alt: String, of id: ID) async throws -> Image {
    let query: Query = """
      UPDATE catalog.image AS i SET alt = \(alt)
       WHERE i.id = \(id) AND i.product_id = \(product)
      RETURNING \(Self.columns)
      """
    guard let image = try await work.first(Image.self, query) else { throw MediaError.noSuchImage(id.description) }
    return image
  }

  /// Puts the images in this order, which names each image of the product once.
  func setOrder(_ ids: [ID]) {
    work.send(
      """
      UPDATE catalog.image i
         SET position = o.position
        FROM unnest(\(ids)::uuid[]) WITH ORDINALITY o (id, position)
       WHERE i.id = o.id AND i.product_id = \(product)
      """)
  }

  /// - Throws: ``CatalogError/productIncomplete(_:)`` when the product is on sale and has no other image.
  func verifyRemoval(of id: ID) async throws {
    let query: Query = """
      SELECT FROM catalog.product p
       WHERE p.id = \(product)
         AND (p.status <> 'active'
              OR EXISTS (SELECT FROM catalog.image o WHERE o.product_id = p.id AND o.id <> \(id)))
      """
    if try await work.rows(query).isEmpty { throw CatalogError.productIncomplete(ProductStore.lacksImages) }
  }

  /// Removes an image of the product, and closes the gap.
  func remove(_ id: ID) {
    work.sendRequirement(
      "DELETE FROM catalog.image i WHERE i.id = \(id) AND i.product_id = \(product) RETURNING i.id", rows: 1,
      "image_is_there")
    work.send(
      """
      UPDATE catalog.image i
         SET position = o.position
        FROM (SELECT n.id, row_number() OVER (ORDER BY n.position) AS position
                FROM catalog.image n WHERE n.product_id = \(product)) o
       WHERE i.id = o.id AND i.position <> o.position
      """)
  }

  /// Ends a change: the product's document has the images, its version moves, the translations are compared with the
  /// texts of the images, and the event log has it.
  func touch() async throws {
    work.send("SELECT catalog.refresh_product_images(ARRAY[\(product)::uuid])")
    work.send(
      """
      UPDATE catalog.product SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(product)
      """)
    let sources = try await ProductStore(work: work, sellers: .every).product(product).sources
    StoredTranslations(of: product, in: work).compare(with: sources)
    work.publish(NewEvent(ProductStore.topic, RecordedChange.update.event, of: product, subjects: subjects))
  }
}
