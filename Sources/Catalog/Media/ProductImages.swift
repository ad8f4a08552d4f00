internal import CatalogAPI
internal import Images
internal import Platform
internal import Postgres
internal import Protobuf

/// The images of one product, whose row is locked: what changes them moves the product's version, and is seen at once.
struct ProductImages {
  /// The maximum number of images of a product.
  static let countMax = 100
  static let type = Image.descriptor.fullName

  let product: ID
  private let work: Work

  private init(product: ID, in work: Work) { (self.product, self.work) = (product, work) }

  /// Locks the product.
  /// - Throws: ``MediaError/noSuchProduct(_:)`` also for one that the caller does not reach.
  static func lock(_ product: ID, for sellers: SellerAccess, in work: Work) async throws -> ProductImages {
    let query: Query = """
      SELECT p.id FROM catalog.product p
       WHERE p.id = \(product) AND \(sellers.covers("p.seller_id")) FOR NO KEY UPDATE
      """
    guard try await work.rows(query).first != nil else { throw MediaError.noSuchProduct(product.description) }
    return ProductImages(product: product, in: work)
  }

  /// Locks the product of an image.
  /// - Throws: ``MediaError/noSuchImage(_:)`` also for one that the caller does not reach.
  static func lock(ofImage image: ID, for sellers: SellerAccess, in work: Work) async throws -> ProductImages {
    let query: Query = """
      SELECT p.id::text AS product
        FROM catalog.product p
       WHERE p.id = (SELECT i.product_id FROM catalog.image i WHERE i.id = \(image))
         AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await work.rows(query).first, let product = ID(try row.string("product")) else {
      throw MediaError.noSuchImage(image.description)
    }
    return ProductImages(product: product, in: work)
  }

  /// The columns of an ``Image``; `i` is catalog.image.
  static var columns: Query { "i.id, i.url, i.alt, i.width, i.height" }

  /// All images in their order.
  func all() async throws -> RepeatedField<Image> {
    try await work.all(
      Image.self, "SELECT \(Self.columns) FROM catalog.image i WHERE i.product_id = \(product) ORDER BY i.position")
  }

  /// Adds the image of a file after the others.
  /// - Throws: ``MediaError/tooMany``.
  func add(_ file: MediaFile, _ header: ImageHeader, alt: String, under urlPrefix: String) async throws -> Image {
    let added = try await work.first(
      Image.self,
      """
      INSERT INTO catalog.image AS i (product_id, seller_id, position, url, alt, width, height, file_hash)
      SELECT p.id, p.seller_id, coalesce(max(o.position), 0) + 1, \(urlPrefix + file.path), \(alt),
             \(Int32(clamping: header.width)), \(Int32(clamping: header.height)), decode(\(file.digits), 'hex')
        FROM catalog.product p LEFT JOIN catalog.image o ON o.product_id = p.id
       WHERE p.id = \(product)
       GROUP BY p.id
      HAVING count(o.id) < \(Int64(Self.countMax))
      RETURNING \(Self.columns)
      """)
    guard let added else { throw MediaError.tooMany }
    return added
  }

  /// Gives an image another alternative text.
  func setAlt(_ alt: String, of image: ID) async throws -> Image? {
    try await work.first(
      Image.self, "UPDATE catalog.image i SET alt = \(alt) WHERE i.id = \(image) RETURNING \(Self.columns)")
  }

  /// Puts the images in this order.
  /// - Throws: ``MediaError/orderIncomplete`` unless it names each image once.
  func reorder(_ ids: [ID]) async throws {
    let known = try await all().map { ID($0.id.string) }
    guard known.count == ids.count, Set(known) == Set(ids.map { Optional($0) }) else {
      throw MediaError.orderIncomplete
    }
    try await work.execute(
      """
      UPDATE catalog.image i
         SET position = o.position
        FROM unnest(\(ids)::uuid[]) WITH ORDINALITY o (id, position)
       WHERE i.id = o.id
      """)
  }

  /// Removes an image, and closes the gap.
  func remove(_ image: ID) async throws {
    try await work.execute("DELETE FROM catalog.image WHERE id = \(image)")
    try await work.execute(
      """
      UPDATE catalog.image i
         SET position = o.position
        FROM (SELECT n.id, row_number() OVER (ORDER BY n.position) AS position
                FROM catalog.image n WHERE n.product_id = \(product)) o
       WHERE i.id = o.id AND i.position <> o.position
      """)
  }

  /// One image; nil when it is another product's, or there is none.
  func image(_ id: ID) async throws -> Image? {
    try await work.first(
      Image.self, "SELECT \(Self.columns) FROM catalog.image i WHERE i.id = \(id) AND i.product_id = \(product)")
  }

  /// Writes the images into the product's document, and moves its version.
  func touch() async throws {
    work.send("SELECT catalog.refresh_product_documents(ARRAY[\(product)])")
    try await work.execute(
      """
      UPDATE catalog.product SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(product)
      """)
  }
}
