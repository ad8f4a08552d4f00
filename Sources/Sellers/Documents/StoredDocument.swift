internal import Files
internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// Documents in the database.
enum StoredDocument {
  /// The most documents of an application.
  static let countMax = 20
  static let nameCharactersMax = 100
  static let type = SellerDocument.descriptor.fullName

  /// The key of a document's blob: beside those that `GET /media/…` serves, which reaches none but renditions.
  static func key(_ id: ID, of application: ID) -> BlobKey? { BlobKey("seller-documents/\(application)/\(id)") }

  /// The columns that the audit log and events keep, which nobody can erase: nothing that the applicant wrote.
  private static var auditedColumns: Query {
    "d.id, d.application_id, d.content_type, d.size_bytes, d.created_at AS create_time"
  }

  /// Reads a document as the audit log keeps it, and with its name in the second message.
  static func read(_ id: ID, in work: Work) async throws -> (audited: SellerDocument, named: SellerDocument) {
    let query: Query = "SELECT \(auditedColumns) FROM sellers.document d WHERE d.id = \(id)"
    guard let audited = try await work.first(SellerDocument.self, query),
      let named = try await work.first(SellerDocument.self, query),
      let row = try await work.rows(
        "SELECT d.sealed FROM sellers.document d WHERE d.id = \(id) AND d.sealed IS NOT NULL"
      ).first
    else { throw SellersError.noSuchDocument(id.description) }
    let sealed = try SealedDocument(id, sealed: try row.bytes("sealed"), try work.vault)
    named.name = work.arena.text(sealed.name)
    return (audited, named)
  }

  /// The documents of an application, in the order of their upload.
  nonisolated(nonsending) static func all(
    of application: ID, _ runner: some QueryRunner, _ vault: Vault, in arena: Arena
  ) async throws -> [SellerDocument] {
    let rows = try await runner.rows(
      """
      SELECT d.id, d.content_type, d.size_bytes, d.created_at, d.sealed
        FROM sellers.document d
       WHERE d.application_id = \(application) AND d.state = 'stored'
       ORDER BY d.id
       LIMIT \(countMax)
      """)
    var documents: [SellerDocument] = []
    for row in rows {
      let id = try row.id("id")
      let document = SellerDocument(in: arena)
      document.id = arena.text(id.description)
      document.applicationID = arena.text(application.description)
      document.name = arena.text(try SealedDocument(id, sealed: try row.bytes("sealed"), vault).name)
      document.contentType = arena.text(try row.string("content_type"))
      document.sizeBytes = try row.int64("size_bytes")
      document.createTime = try row.instant("created_at").timestamp(in: arena)
      documents.append(document)
    }
    return documents
  }

  /// Locks an application of an applicant that waits for a decision, so that its documents may change.
  /// - Throws: ``SellersError/noSuchApplication(_:)``, ``SellersError/applicationDecided``.
  static func lock(_ application: ID, of applicant: ID, in work: Work) async throws {
    let row = try await work.rows(
      """
      SELECT a.state FROM sellers.application a
       WHERE a.id = \(application) AND a.applicant_id = \(applicant) FOR UPDATE
      """, access: .write
    ).first
    guard let row else { throw SellersError.noSuchApplication(application.description) }
    guard try row.string("state") == ApplicationStatus.submitted.rawValue else {
      throw SellersError.applicationDecided
    }
  }

  /// Ends a change of the documents of a locked application: staff who decide by its etag notice.
  static func record(
    _ action: String, _ event: String, before: SellerDocument? = nil, after: SellerDocument? = nil,
    of application: ID, by applicant: ID, in work: Work
  ) throws {
    guard let document = after ?? before, let id = ID(document.id.string) else { return }
    work.sendRequirement(
      "UPDATE sellers.application a SET version = a.version + 1 WHERE a.id = \(application) RETURNING a.id", rows: 1,
      "application_is_there")
    try work.audit(action, on: type, id, before: before, after: after)
    work.publish(
      try NewEvent("sellers.document", event, of: id, subjects: [application, applicant], payload: document))
  }
}
