internal import Files
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import SellersAPI

/// Staff read a document.
struct DocumentDownload {
  private static let timeLimit: Duration = .seconds(900)

  private let id: ID

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: consuming DownloadSellerDocumentRequest) throws {
    var check = RequestCheck()
    id = check.id(request.documentID, "document_id")
    try check.verify()
  }

  /// What a download needs to know of a document.
  private struct Found {
    let document: SealedDocument
    let key: BlobKey
    let pieces: DocumentPieces
  }

  /// Sends the document, piece by piece, once the download is recorded.
  /// - Throws: ``SellersError``; `UnopenedValue` for a content that is not what was stored.
  func carryOut(
    _ responses: ResponseStream<DownloadSellerDocumentResponse>, _ uploads: UploadStorage, _ call: Call
  ) async throws {
    call.limitTime(to: Self.timeLimit)
    let first = DownloadSellerDocumentResponse(in: call.arena)
    let found = try await call.work { work in
      let (found, named) = try await find(in: work)
      first.document = named
      return found
    }
    try await responses.send(first)
    for index in 0..<found.pieces.count {
      let response = DownloadSellerDocumentResponse(in: responses.arena)
      response.chunk = Bytes(try await piece(index, of: found, uploads), in: response.storage.arena)
      try await responses.send(response)
    }
  }

  private func find(in work: Work) async throws -> (Found, SellerDocument) {
    let row = try await work.rows(
      """
      SELECT d.application_id, d.size_bytes, d.sealed
        FROM sellers.document d
       WHERE d.id = \(id) AND d.state = 'stored'
      """
    ).first
    guard let row else { throw SellersError.noSuchDocument(id.description) }
    let application = try row.id("application_id")
    guard let key = StoredDocument.key(id, of: application) else {
      throw SellersError.noSuchDocument(id.description)
    }
    let (audited, named) = try await StoredDocument.read(id, in: work)
    try work.audit("sellers.document.download", on: StoredDocument.type, id, after: audited)
    let found = Found(
      document: try SealedDocument(id, sealed: try row.bytes("sealed"), try work.vault), key: key,
      pieces: DocumentPieces(bytes: Int(clamping: try row.int64("size_bytes"))))
    return (found, named)
  }

  private func piece(_ index: Int, of found: Found, _ uploads: UploadStorage) async throws -> [UInt8] {
    let place = found.pieces.place(of: index)
    let part = try await SellersError.ofStore { () async throws(BlobError) in
      try await uploads.store.read(found.key, from: place.lowerBound, count: place.count)
    }
    guard let part else { throw SellersError.noSuchDocument(id.description) }
    return try found.document.open(part.bytes, at: index, isLast: found.pieces.isLast(index))
  }
}
