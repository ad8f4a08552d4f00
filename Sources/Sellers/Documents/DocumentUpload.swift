internal import Files
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing
internal import SellersAPI

/// One upload of a document: its bytes are encrypted on their way to the disk, stored, and then named by a row of their
/// application.
struct DocumentUpload {
  /// Until the last byte: the largest document takes as long at 90 kB/s. Everybody can have an account, and those who
  /// send slowly keep others waiting.
  static let timeLimit: Duration = .seconds(120)
  /// For everything after the last byte.
  private static let storageTimeLimit: Duration = .seconds(300)
  /// Uploads of an application that have arrived and are not stored yet. They do not count for longer than it takes to
  /// store one: what is older was left by a server that ended.
  private static let arrivingMax = 8
  private static let arrivingSeconds: Int64 = 600
  /// An upload that finds all places taken is sent again after so long.
  static let placeDelay: Duration = .seconds(10)

  let applicant: ID
  private let requestID: ID
  private let application: ID
  private let document: SealedDocument
  private let first: [UInt8]
  private let uploads: UploadStorage
  private let vault: Vault

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(
    _ first: UploadSellerDocumentRequest, by caller: Caller, _ uploads: UploadStorage, _ vault: Vault
  ) throws {
    var check = RequestCheck()
    requestID = check.id(first.requestID, "request_id")
    application = check.id(first.applicationID, "application_id")
    let name = check.line(first.name, "name", upTo: StoredDocument.nameCharactersMax, isRequired: true)
    try check.verify()
    guard let applicant = caller.id else { throw SellersError.noSuchApplication(application.description) }
    (self.applicant, self.uploads, self.vault) = (applicant, uploads, vault)
    self.first = first.chunk.array
    document = SealedDocument(.made(at: .now), named: name)
  }

  /// - Throws: ``SellersError/noSuchApplication(_:)`` also for one of somebody else.
  func verifyApplication(_ call: Call) async throws {
    let rows = try await call.database.rows(
      """
      SELECT FROM sellers.application a WHERE a.id = \(application) AND a.applicant_id = \(applicant)
      """)
    if rows.isEmpty { throw SellersError.noSuchApplication(application.description) }
  }

  /// Takes the rest of the upload, and adds the document to its application.
  func carryOut(
    _ rest: inout RequestStream<UploadSellerDocumentRequest>, _ call: Call
  ) async throws -> UploadSellerDocumentResponse {
    let file = try await SellersError.ofStore { () async throws(BlobError) in try await uploads.staging.file() }
    var writer = DocumentWriter(document, into: file)
    var content = DocumentContent()
    let digest = RunningDigest()
    try await rest.takeUpload(
      first, bytesMax: DocumentContent.bytesMax, orElse: SellersError.documentTooLarge, { $0.chunk.array }
    ) { bytes in
      content.add(bytes)
      digest.add(bytes)
      try await writer.add(bytes)
    }
    let type = try content.type()
    try await writer.finish()
    call.limitTime(to: Self.storageTimeLimit)
    return try await add(file, type, content.bytes, identifiedBy: digest.finish(), call)
  }

  private func add(
    _ file: StagedFile, _ type: DocumentContent.FileType, _ bytes: Int, identifiedBy hash: [UInt8], _ call: Call
  ) async throws -> UploadSellerDocumentResponse {
    let database = try call.database.connections
    let removal = DocumentRemoval(id: document.id, application: application)
    try await claim(type, bytes, database)
    do {
      try await put(file)
      let response = try await call.work(
        identity(hash, call), id: requestID, answer: .sealed, contending: [.application(application)]
      ) { work in
        let response = UploadSellerDocumentResponse(in: work.arena)
        (response.document, response.receivedBytes) = (try await store(in: work), Int64(bytes))
        return response
      }
      // The same upload was carried out before.
      if response.document?.id.string != document.id.description { await removal.discard(from: uploads, database) }
      return response
    } catch {
      await removal.discard(from: uploads, database)
      throw error
    }
  }

  /// Notes the document before its blob is stored, so that it is removed if nothing comes of it.
  /// - Throws: ``SellersError/documentBusy(for:)`` when too many of the application are on their way.
  private func claim(_ type: DocumentContent.FileType, _ bytes: Int, _ database: Database) async throws {
    let claimed = try await database.execute(
      """
      INSERT INTO sellers.document (id, application_id, content_type, size_bytes, sealed, remove_at, created_at)
      SELECT \(document.id), \(application), \(type.rawValue), \(Int64(bytes)), \(try document.sealed(vault)),
             now() + interval '1 hour', now()
       WHERE (SELECT count(*) FROM \(arriving)) < \(Self.arrivingMax)
      """)
    if claimed == 1 { return }
    let rows = try await database.rows(
      """
      SELECT greatest(1, \(Self.arrivingSeconds) + ceil(extract(epoch FROM min(d.created_at) - now())))::bigint
               AS seconds
        FROM \(arriving)
      """, access: .write)
    throw SellersError.documentBusy(for: .seconds(try rows.first?.optionalInt64("seconds") ?? 1))
  }

  /// The uploads of the application that may still be on their way.
  private var arriving: Query {
    """
    sellers.document d
     WHERE d.application_id = \(application) AND d.state = 'arriving'
       AND d.created_at > now() - \(Self.arrivingSeconds) * interval '1 second'
    """
  }

  private func put(_ file: StagedFile) async throws {
    guard let key = StoredDocument.key(document.id, of: application) else {
      throw SellersError.documentStoreUnavailable
    }
    try await SellersError.ofStore { () async throws(BlobError) in
      try await uploads.store.put(file, as: key, contentType: "application/octet-stream")
    }
  }

  /// - Throws: ``SellersError``.
  private func store(in work: Work) async throws -> SellerDocument {
    try await StoredDocument.lock(application, of: applicant, in: work)
    let stored = try await work.execute(
      """
      UPDATE sellers.document d
         SET state = 'stored', remove_at = NULL
       WHERE d.id = \(document.id) AND d.state = 'arriving'
         AND (SELECT count(*) FROM sellers.document o
               WHERE o.application_id = \(application) AND o.state = 'stored') < \(StoredDocument.countMax)
      """)
    guard stored == 1 else { throw try await refusal(in: work) }
    let (audited, named) = try await StoredDocument.read(document.id, in: work)
    try StoredDocument.record(
      "sellers.document.upload", "uploaded", after: audited, of: application, by: applicant, in: work)
    return named
  }

  /// Why the document was not stored: the application has as many as it may have, or its time was over before.
  private func refusal(in work: Work) async throws -> SellersError {
    let isThere = try await work.rows(
      "SELECT FROM sellers.document d WHERE d.id = \(document.id) AND d.state = 'arriving'", access: .write)
    return isThere.isEmpty ? .documentStoreUnavailable : .documentTooMany
  }

  /// What identifies the request: a hash stands for the bytes.
  private func identity(_ hash: [UInt8], _ call: Call) -> UploadSellerDocumentRequest {
    let request = UploadSellerDocumentRequest(in: call.arena)
    request.applicationID = call.arena.text(application.description)
    (request.name, request.chunk) = (call.arena.text(document.name), Bytes(hash, in: call.arena))
    return request
  }
}
