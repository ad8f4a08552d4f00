internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// The removal of a document from an application that waits. Its key goes at once, its blob later: see
/// ``DocumentUpkeep``.
struct DocumentDeletion {
  let requestID: ID
  private let id: ID
  private let applicant: ID

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteSellerDocumentRequest, by caller: Caller) throws {
    var check = RequestCheck()
    id = check.id(request.documentID, "document_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
    guard let applicant = caller.id else { throw SellersError.noSuchDocument(id.description) }
    self.applicant = applicant
  }

  /// - Throws: ``SellersError``.
  func carryOut(in work: Work) async throws -> DeleteSellerDocumentResponse {
    let row = try await work.rows(
      """
      SELECT d.application_id
        FROM sellers.document d JOIN sellers.application a ON a.id = d.application_id
       WHERE d.id = \(id) AND d.state = 'stored' AND a.applicant_id = \(applicant)
      """, access: .write
    ).first
    guard let application = try row?.id("application_id") else { throw SellersError.noSuchDocument(id.description) }
    try await StoredDocument.lock(application, of: applicant, in: work)
    let before = try await StoredDocument.read(id, in: work).audited
    let removed = try await work.execute(
      """
      UPDATE sellers.document d SET state = 'removed', sealed = NULL, remove_at = \(work.now)
       WHERE d.id = \(id) AND d.state = 'stored'
      """)
    guard removed == 1 else { throw SellersError.noSuchDocument(id.description) }
    try StoredDocument.record(
      "sellers.document.delete", "deleted", before: before, of: application, by: applicant, in: work)
    return DeleteSellerDocumentResponse(in: work.arena)
  }
}
