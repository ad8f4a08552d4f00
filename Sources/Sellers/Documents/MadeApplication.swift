internal import Files
package import Platform
package import Postgres

/// An application with documents that the shop has made itself, as if its applicant had sent it: for a demo shop.
package struct MadeApplication: Sendable {
  private let slug: String
  private let name: String
  private let trader: String

  /// - Parameter trader: the API's `Trader` as JSON.
  package init(slug: String, name: String, trader: String) {
    (self.slug, self.name, self.trader) = (slug, name, trader)
  }

  /// Submits it.
  /// - Returns: its id.
  package func submit(by applicant: ID, _ database: Database, _ vault: Vault) async throws -> ID {
    let id = ID.made(at: .now)
    let sealed = try vault.seal(text: trader, for: SealedTrader.column.place(id.description))
    try await database.execute(
      """
      INSERT INTO sellers.application (id, applicant_id, slug, name, sealed)
      VALUES (\(id), \(applicant), \(slug), \(name), \(sealed))
      """)
    return id
  }

  /// Adds a document: its row, its blob, and then what says that it is stored.
  package static func add(
    _ bytes: [UInt8], named name: String, to application: ID, in uploads: UploadStorage, _ database: Database,
    _ vault: Vault
  ) async throws {
    var content = DocumentContent()
    content.add(bytes)
    let (type, document) = (try content.type(), SealedDocument(.made(at: .now), named: name))
    try await database.execute(
      """
      INSERT INTO sellers.document (id, application_id, content_type, size_bytes, sealed, remove_at, created_at)
      VALUES (\(document.id), \(application), \(type.rawValue), \(Int64(bytes.count)), \(try document.sealed(vault)),
              now() + interval '1 hour', now())
      """)
    guard let key = StoredDocument.key(document.id, of: application) else {
      throw SellersError.documentStoreUnavailable
    }
    let file = try await uploads.staging.file()
    var writer = DocumentWriter(document, into: file)
    try await writer.add(bytes)
    try await writer.finish()
    try await uploads.store.put(file, as: key, contentType: "application/octet-stream")
    try await database.execute(
      "UPDATE sellers.document SET state = 'stored', remove_at = NULL WHERE id = \(document.id)")
  }
}
