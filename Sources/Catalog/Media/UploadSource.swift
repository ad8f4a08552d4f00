internal import Files
internal import Platform
internal import Postgres
internal import RPC

extension UploadHolder {
  /// For whom an upload is whose product is not known.
  static func caller(_ call: Call) -> UploadHolder {
    call.caller.sellerID.map { .seller($0) } ?? .account(call.caller.id ?? .none)
  }
}

/// Where the bytes of an upload come from: messages, or a place of the object store to which they were sent past the
/// server. Memory holds one message of it at a time.
struct UploadSource {
  /// For everything after the last byte; with the time of the upload itself far less than the time for which an unused
  /// file is kept: see ``MediaUpkeep``.
  private static let inspectionTimeLimit: Duration = .seconds(300)

  private enum Origin {
    case messages(first: [UInt8])
    case pending(PendingUpload)
  }

  private let media: MediaSettings
  private let kind: MediaFileKind
  private let origin: Origin

  /// The source that the first message names.
  init(
    _ kind: MediaFileKind, chunk: [UInt8], pending: PendingUpload?, _ media: MediaSettings
  ) {
    (self.kind, self.media) = (kind, media)
    origin = if let pending { .pending(pending) } else { .messages(first: chunk) }
  }

  /// Takes the file, and gives it to `use` with what identifies its bytes: their hash, or nothing where a token does.
  /// - Parameters:
  ///   - rest: the messages after the first one.
  ///   - chunk: the bytes of a message.
  ///   - firstResponse: the response to the same request, which was carried out before.
  func take<Request, Response>(
    _ rest: inout RequestStream<Request>, _ call: Call, chunk: (Request) -> [UInt8],
    use: (_ file: StagedFile, _ hash: [UInt8]) async throws -> Response, firstResponse: () async throws -> Response
  ) async throws -> Response {
    switch origin {
    case .messages(let first):
      let file = try await staged(first, &rest, chunk)
      call.limitTime(to: Self.inspectionTimeLimit)
      return try await use(file, file.sha256())
    case .pending(let pending):
      guard let key = pending.key else { throw MediaError.uploadMissing }
      guard let file = try await fetched(key) else { return try await firstResponse() }
      call.limitTime(to: Self.inspectionTimeLimit)
      let response = try await use(file, [])
      // What stays because of an error is removed a day later.
      try? await media.store.delete(key)
      return response
    }
  }

  /// Uses up the token of the upload, first in the work that adds the file: of several at once, one goes on.
  /// - Throws: ``MediaError/uploadMissing`` when the upload was added before.
  func useToken(in work: Work) async throws {
    guard case .pending(let pending) = origin else { return }
    let used = try await work.execute(
      """
      INSERT INTO catalog.used_upload (upload_id) VALUES (\(pending.id))
          ON CONFLICT ON CONSTRAINT used_upload_pkey DO NOTHING
      """)
    guard used == 1 else { throw MediaError.uploadMissing }
  }

  /// The file of the messages. It is gone with an error, and when the caller ends the call early.
  private func staged<Request>(
    _ first: [UInt8], _ rest: inout RequestStream<Request>, _ chunk: (Request) -> [UInt8]
  ) async throws -> StagedFile {
    let file = try await MediaError.ofStore { () async throws(BlobError) in try await media.staging.file() }
    try await rest.takeUpload(
      first, bytesMax: kind.bytesMax, orElse: MediaError.tooManyBytes(limit: kind.bytesMax), chunk
    ) { bytes in
      try await MediaError.ofStore { () async throws(BlobError) in try await file.append(bytes) }
    }
    return file
  }

  /// A copy of what was sent past the server; nil when there is nothing.
  private func fetched(_ key: BlobKey) async throws -> StagedFile? {
    let file = try await MediaError.ofStore { () async throws(BlobError) in try await media.staging.file() }
    let refusal: BlobError? = try await MediaError.ofStore { () async throws(BlobError) -> BlobError? in
      do throws(BlobError) {
        try await media.store.fetch(key, into: file, bytesMax: kind.bytesMax)
        return nil
      } catch {
        switch error {
        case .missing, .tooLarge: return error
        case .unavailable, .refused: throw error
        }
      }
    }
    switch refusal {
    case nil: return file
    case .tooLarge?: throw MediaError.tooManyBytes(limit: kind.bytesMax)
    default: return nil
    }
  }

  /// Notes a file before its blobs are stored, so that they are removed if nothing comes of it.
  /// - Throws: ``MediaError/busy`` while an earlier file with the same content is being removed.
  func claim(
    _ names: MediaFile, _ contentType: String, bytes: Int, size: (width: Int, height: Int)? = nil, _ call: Call
  ) async throws {
    let claimed = try await call.database.connections.execute(
      """
      INSERT INTO catalog.media_file AS f (hash, kind, content_type, size_bytes, width, height, unused_since)
      VALUES (decode(\(names.digits), 'hex'), \(names.kind.rawValue), \(contentType), \(Int64(bytes)),
              \(size.map { Int32(clamping: $0.width) }), \(size.map { Int32(clamping: $0.height) }), now())
          ON CONFLICT ON CONSTRAINT media_file_pkey DO UPDATE
         SET unused_since = CASE WHEN f.unused_since IS NOT NULL THEN excluded.unused_since END
       WHERE f.removing_at IS NULL
      """)
    guard claimed == 1 else { throw MediaError.busy }
  }

  /// Stores the file as it was sent.
  func store(_ file: StagedFile, as names: MediaFile, _ contentType: String) async throws {
    guard let key = names.original else { throw MediaError.storeUnavailable }
    try await MediaError.ofStore { () async throws(BlobError) in
      try await media.store.put(file, as: key, contentType: contentType)
    }
  }
}
