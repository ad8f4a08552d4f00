internal import Files
package import Platform
package import Postgres

/// Documents, files and licence keys that the shop has made itself, in the store and in the tables as if their sellers
/// had uploaded them: for a demo shop. No server runs yet.
package struct MadeGoods: Sendable {
  private let media: MediaSettings

  /// Files go to the store of these settings.
  package init(in media: MediaSettings) { self.media = media }

  /// Attaches a PDF to products without any attachments.
  package func attach(document: [UInt8], titled title: String, to products: [ID], _ database: Database) async throws {
    let type = AttachmentType.pdf
    let names = try await store(document, as: .document, type.contentType, database)
    try await database.transaction { transaction in
      try await transaction.execute(
        """
        INSERT INTO catalog.attachment (product_id, seller_id, position, kind, url, title, file_hash)
        SELECT p.id, p.seller_id, 1, 'document', \(media.urlPrefix + names.path(type.name)), \(title),
               decode(\(names.digits), 'hex')
          FROM catalog.product p
         WHERE p.id = ANY (\(products)::uuid[])
        """)
      _ = try await transaction.rows(
        "SELECT catalog.refresh_product_attachments(\(products)::uuid[])", access: .write)
    }
  }

  /// Sells a file with a variant.
  package func sell(file: [UInt8], named name: String, with variant: ID, _ database: Database) async throws {
    let names = try await store(file, as: .digitalFile, DigitalFileUpload.contentType, database)
    try await database.transaction { transaction in
      try await transaction.execute(
        """
        INSERT INTO catalog.digital_file (variant_id, seller_id, file_name, file_hash)
        SELECT v.id, v.seller_id, \(name), decode(\(names.digits), 'hex')
          FROM catalog.variant v
         WHERE v.id = \(variant)
        """)
      try await Self.markDigital(variant, transaction)
    }
  }

  /// Sells licence keys with a variant.
  package func sell(keys: [String], with variant: ID, _ database: Database, _ vault: Vault) async throws {
    let insertion = try LicenceKeys.insertion(
      of: keys, as: keys.map { _ in .made(at: .now) }, into: variant, vault)
    try await database.transaction { transaction in
      try await transaction.execute(insertion)
      try await Self.markDigital(variant, transaction)
    }
  }

  private static func markDigital(_ variant: ID, _ transaction: Transaction) async throws {
    try await transaction.execute("UPDATE catalog.variant SET is_digital = true WHERE id = \(variant)")
    _ = try await transaction.rows(
      """
      SELECT catalog.refresh_product_documents(array_agg(v.product_id)) FROM catalog.variant v WHERE v.id = \(variant)
      """, access: .write)
  }

  /// Stores a file. Its row is there before its blob.
  private func store(
    _ bytes: [UInt8], as kind: MediaFileKind, _ contentType: String, _ database: Database
  ) async throws -> MediaFile {
    let file = try await media.staging.file()
    try await file.append(bytes)
    let names = MediaFile(kind, file)
    try await database.execute(
      """
      INSERT INTO catalog.media_file (hash, kind, content_type, size_bytes, unused_since)
      VALUES (decode(\(names.digits), 'hex'), \(kind.rawValue), \(contentType), \(Int64(bytes.count)), now())
          ON CONFLICT ON CONSTRAINT media_file_pkey DO NOTHING
      """)
    guard let key = names.original else { throw MediaError.storeUnavailable }
    try await media.store.put(file, as: key, contentType: contentType)
    return names
  }
}
