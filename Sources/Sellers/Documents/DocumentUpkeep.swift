internal import Files
internal import Platform
internal import Postgres

/// Removes the documents whose time is over: those that applicants have deleted, those of uploads that came to nothing,
/// and those of rejected applications.
struct DocumentUpkeep: Sendable {
  /// The documents of a rejected application are kept for so long: for the applicant's objection.
  static let retentionDays = 180

  let uploads: UploadStorage

  var chore: Chore { Chore("sellers.documents", "50 * * * *", batch: remove) }

  /// Removes a batch, one after another.
  func remove(_ database: Database) async throws -> Int {
    var removed = 0
    while removed < Chore.batchRowsMax, let next = try await markNext(database) {
      try await next.removeBlob(from: uploads)
      try await next.forget(database)
      removed += 1
    }
    return removed
  }

  /// Marks one document as removed, and takes its key. A server that fails afterwards leaves it for another one 10
  /// minutes later.
  private func markNext(_ database: Database) async throws -> DocumentRemoval? {
    let query: Query = """
      UPDATE sellers.document d
         SET state = 'removed', sealed = NULL, remove_at = now() + interval '10 minutes'
       WHERE d.id = (SELECT o.id
                       FROM sellers.document o
                      WHERE o.remove_at < platform.retention_time()
                      ORDER BY o.remove_at
                      LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING d.id, d.application_id
      """
    guard let row = try await database.rows(query, access: .write).first else { return nil }
    return DocumentRemoval(id: try row.id("id"), application: try row.id("application_id"))
  }

  /// Has the documents of an application removed later, which was rejected now.
  static func scheduleRemoval(of application: ID, in work: Work) {
    let end = work.now + .seconds(retentionDays * 86_400)
    work.send(
      """
      UPDATE sellers.document d SET remove_at = \(end)
       WHERE d.application_id = \(application) AND d.state = 'stored'
      """)
  }
}

/// The removal of one document.
struct DocumentRemoval {
  let id: ID
  let application: ID

  func removeBlob(from uploads: UploadStorage) async throws {
    guard let key = StoredDocument.key(id, of: application) else { return }
    try await SellersError.ofStore { () async throws(BlobError) in try await uploads.store.delete(key) }
  }

  /// Forgets a document whose blob is gone.
  func forget(_ database: Database) async throws {
    try await database.execute("DELETE FROM sellers.document d WHERE d.id = \(id) AND d.state = 'removed'")
  }

  /// Removes an upload that came to nothing, if it is not stored after all. What fails here is done an hour later.
  func discard(from uploads: UploadStorage, _ database: Database) async {
    try? await removeIfArriving(from: uploads, database)
  }

  private func removeIfArriving(from uploads: UploadStorage, _ database: Database) async throws {
    let marked = try await database.execute(
      """
      UPDATE sellers.document d SET state = 'removed', sealed = NULL
       WHERE d.id = \(id) AND d.state = 'arriving'
      """)
    guard marked == 1 else { return }
    try await removeBlob(from: uploads)
    try await forget(database)
  }
}
