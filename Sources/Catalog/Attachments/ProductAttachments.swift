internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The videos and documents of one product, whose row is locked: what changes them moves the product's version, and is
/// seen at once.
struct ProductAttachments {
  /// The maximum numbers of a product.
  private static let (videosMax, documentsMax) = (10, 20)
  /// Of both together.
  static let countMax = videosMax + documentsMax
  static let titleCharactersMax = ProductImages.altCharactersMax
  static let type = Attachment.descriptor.fullName

  private let product: ID
  private let work: Work
  /// Whom a change of the product concerns: its seller, its category.
  private let subjects: [ID]

  private init(_ row: Row, of product: ID, in work: Work) throws {
    (self.product, self.work) = (product, work)
    subjects = try [row.id("seller"), row.id("category")]
  }

  /// Locks the product.
  /// - Throws: ``MediaError/noSuchProduct(_:)`` also for one that the caller does not reach.
  static func lock(_ product: ID, for sellers: SellerAccess, in work: Work) async throws -> ProductAttachments {
    let query: Query = """
      SELECT p.seller_id::text AS seller, p.category_id::text AS category
        FROM catalog.product p
       WHERE p.id = \(product) AND \(sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let row = try await work.rows(query).first else { throw MediaError.noSuchProduct(product.description) }
    return try ProductAttachments(row, of: product, in: work)
  }

  /// Locks the product of an attachment.
  /// - Throws: ``MediaError/noSuchAttachment(_:)`` also for one that the caller does not reach.
  static func lock(
    ofAttachment attachment: ID, for sellers: SellerAccess, in work: Work
  ) async throws -> ProductAttachments {
    guard let row = try await work.rows(locking(ofAttachment: attachment, sellers)).first else {
      throw MediaError.noSuchAttachment(attachment.description)
    }
    return try ProductAttachments(row, of: row.id("product"), in: work)
  }

  /// The lock of the product of an attachment.
  static func locking(ofAttachment attachment: ID, _ sellers: SellerAccess) -> Query {
    """
    SELECT p.id::text AS product, p.seller_id::text AS seller, p.category_id::text AS category
      FROM catalog.product p
     WHERE p.id = (SELECT a.product_id FROM catalog.attachment a WHERE a.id = \(attachment))
       AND \(sellers.covers("p.seller_id"))
       FOR NO KEY UPDATE
    """
  }

  /// The columns of an ``Attachment``; `a` is catalog.attachment, `f` its file.
  private static var columns: Query { "a.id, a.kind, a.url, a.title, f.content_type, f.size_bytes" }
  private static var tables: Query { "catalog.attachment a JOIN catalog.media_file f ON f.hash = a.file_hash" }

  /// All attachments in their order.
  func all() async throws -> RepeatedField<Attachment> {
    try await work.all(Attachment.self, Self.query(of: product))
  }

  /// The attachments of a product in their order.
  static func query(of product: ID) -> Query {
    "SELECT \(columns) FROM \(tables) WHERE a.product_id = \(product) ORDER BY a.position"
  }

  /// One attachment of the product.
  /// - Throws: ``MediaError/noSuchAttachment(_:)``.
  func attachment(_ id: ID) async throws -> Attachment {
    let query: Query = """
      SELECT \(Self.columns) FROM \(Self.tables) WHERE a.id = \(id) AND a.product_id = \(product)
      """
    guard let attachment = try await work.first(Attachment.self, query) else {
      throw MediaError.noSuchAttachment(id.description)
    }
    return attachment
  }

  /// Adds the attachment of a file after the others.
  /// - Throws: ``MediaError/tooMany(limit:)``.
  func add(
    _ file: MediaFile, _ type: AttachmentType, title: String, under urlPrefix: String
  ) async throws -> Attachment {
    let limit = file.kind == .video ? Self.videosMax : Self.documentsMax
    let kind = file.kind.rawValue
    let added = try await work.first(
      Attachment.self,
      """
      WITH a AS (
        INSERT INTO catalog.attachment (product_id, seller_id, position, kind, url, title, file_hash)
        SELECT p.id, p.seller_id, coalesce(max(o.position), 0) + 1, \(kind)::text,
               \(urlPrefix + file.path(type.name))::text, \(title)::text, decode(\(file.digits), 'hex')
          FROM catalog.product p LEFT JOIN catalog.attachment o ON o.product_id = p.id
         WHERE p.id = \(product)
         GROUP BY p.id
        HAVING count(*) FILTER (WHERE o.kind = \(kind)) < \(Int32(clamping: limit))
        RETURNING id, kind, url, title, file_hash
      )
      SELECT \(Self.columns) FROM a JOIN catalog.media_file f ON f.hash = a.file_hash
      """)
    guard let added else { throw MediaError.tooMany(limit: limit) }
    return added
  }

  /// Gives an attachment of the product another title.
  func setTitle(_ title: String, of id: ID) {
    work.sendRequirement(
      """
      UPDATE catalog.attachment SET title = \(title) WHERE id = \(id) AND product_id = \(product) RETURNING id
      """, rows: 1, "attachment_is_there")
  }

  /// Puts the attachments in this order, which names each attachment of the product once.
  func setOrder(_ ids: [ID]) {
    work.send(
      """
      UPDATE catalog.attachment a
         SET position = o.position
        FROM unnest(\(ids)::uuid[]) WITH ORDINALITY o (id, position)
       WHERE a.id = o.id AND a.product_id = \(product)
      """)
  }

  /// Removes an attachment of the product, and closes the gap.
  func remove(_ id: ID) {
    work.sendRequirement(
      "DELETE FROM catalog.attachment WHERE id = \(id) AND product_id = \(product) RETURNING id", rows: 1,
      "attachment_is_there")
    work.send(
      """
      UPDATE catalog.attachment a
         SET position = o.position
        FROM (SELECT n.id, row_number() OVER (ORDER BY n.position) AS position
                FROM catalog.attachment n WHERE n.product_id = \(product)) o
       WHERE a.id = o.id AND a.position <> o.position
      """)
  }

  /// Ends a change: the product's document has the attachments, its version moves, the translations are compared with
  /// the titles of the attachments, and the event log has it.
  func touch() async throws {
    work.send("SELECT catalog.refresh_product_attachments(ARRAY[\(product)::uuid])")
    work.send(
      "UPDATE catalog.product SET version = version + 1, updated_at = clock_timestamp() WHERE id = \(product)")
    let sources = try await ProductStore(work: work, sellers: .every).product(product).sources
    StoredTranslations(of: product, in: work).compare(with: sources)
    work.publish(NewEvent(ProductStore.topic, RecordedChange.update.event, of: product, subjects: subjects))
  }
}
