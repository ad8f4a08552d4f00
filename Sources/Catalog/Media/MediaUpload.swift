internal import CatalogAPI
internal import Files
internal import Images
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// One upload: its bytes are staged on the disk, looked at, stored, and then named by a row of their product. Memory
/// holds one message of it at a time.
struct MediaUpload {
  /// For everything after the last byte; with the time of the upload itself far less than the time for which an unused
  /// file is kept: see ``MediaUpkeep``.
  private static let inspectionTimeLimit: Duration = .seconds(300)

  private enum Source {
    case messages(first: [UInt8])
    case pending(PendingUpload)
  }

  private let media: MediaSettings
  private let requestID: ID
  let product: ID
  private let alt: String
  private let source: Source
  /// What identifies the request, but for the bytes.
  private let token: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ first: UploadMediaRequest, _ call: Call, _ media: MediaSettings) throws {
    self.media = media
    var check = RequestCheck()
    requestID = check.id(first.requestID, "request_id")
    product = check.id(first.productID, "product_id")
    alt = check.line(first.alt, "alt", upTo: ProductImages.altCharactersMax)
    token = first.uploadToken.string
    if token.isEmpty {
      source = .messages(first: first.chunk.array)
    } else {
      let pending = PendingUpload(token, signedBy: try PendingUpload.signer(call))
      check.require(
        pending?.product == product, "upload_token",
        "Must be a token of GetMediaUploadURL for this product, unchanged, or empty.")
      check.require(first.chunk.isEmpty, "chunk", "Must be empty with an upload_token.")
      source = if let pending { .pending(pending) } else { .messages(first: []) }
    }
    try check.verify()
  }

  /// Takes the rest of the upload, and adds the image to its product.
  func carryOut(
    _ rest: inout RequestStream<UploadMediaRequest>, _ call: Call
  ) async throws -> UploadMediaResponse {
    switch source {
    case .messages(let first):
      let file = try await staged(first, &rest)
      return try await add(file, call, identifiedBy: file.sha256())
    case .pending(let pending):
      guard let key = pending.key else { throw MediaError.uploadMissing }
      guard let file = try await fetched(key) else { return try await firstResponse(call) }
      let response = try await add(file, call, identifiedBy: [])
      // What stays because of an error is removed a day later.
      try? await media.store.delete(key)
      return response
    }
  }

  /// The file of the messages. It is gone with an error, and when the caller ends the call early.
  private func staged(
    _ first: [UInt8], _ rest: inout RequestStream<UploadMediaRequest>
  ) async throws -> StagedFile {
    let file = try await MediaError.ofStore { () async throws(BlobError) in try await media.staging.file() }
    try await rest.takeUpload(
      first, bytesMax: MediaFile.bytesMax, orElse: MediaError.tooManyBytes, { $0.chunk.array }
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
        try await media.store.fetch(key, into: file, bytesMax: MediaFile.bytesMax)
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
    case .tooLarge?: throw MediaError.tooManyBytes
    default: return nil
    }
  }

  /// The response to the same request, which was carried out before.
  /// - Throws: ``MediaError/uploadMissing`` when it was not.
  private func firstResponse(_ call: Call) async throws -> UploadMediaResponse {
    try await call.firstResponse(to: identity([], call), id: requestID, orThrow: MediaError.uploadMissing)
  }

  /// What identifies the request: a hash stands for the bytes.
  private func identity(_ hash: [UInt8], _ call: Call) -> UploadMediaRequest {
    let request = UploadMediaRequest(in: call.arena)
    (request.productID, request.alt) = (call.arena.text(product.description), call.arena.text(alt))
    (request.chunk, request.uploadToken) = (Bytes(hash, in: call.arena), call.arena.text(token))
    return request
  }

  private func add(
    _ file: StagedFile, _ call: Call, identifiedBy hash: [UInt8]
  ) async throws -> UploadMediaResponse {
    call.limitTime(to: Self.inspectionTimeLimit)
    let (header, first) = try await inspected(file)
    let names = MediaFile(hash: file.sha256())
    try await claim(file, header, call)
    try await store(file, header, first, as: names)
    return try await call.work(identity(hash, call), id: requestID) { work in
      let images = try await ProductImages.lock(product, for: call.caller.sellers, in: work)
      let image = try await images.add(names, header, alt: alt, under: media.urlPrefix)
      try work.audit("catalog.image.create", on: ProductImages.type, image.id, after: image)
      work.enqueue(try RenderMedia.job(of: names))
      try await images.touch()
      let response = UploadMediaResponse(in: work.arena)
      (response.image, response.receivedBytes) = (image, Int64(file.bytes))
      return response
    }
  }

  /// The rendition that is shown first. To make it, the whole image is decoded.
  private func inspected(_ file: StagedFile) async throws -> (ImageHeader, Rendition) {
    do throws(ImageError) {
      return try await file.withPath { (path: String) async throws(ImageError) -> (ImageHeader, Rendition) in
        let header = try await media.inspector.header(of: path)
        let made = try await media.inspector.renditions(of: path, [MediaFile.sizes[0]], [.jpeg])
        guard let first = made.first else { throw ImageError.unavailable("no rendition was made") }
        return (header, first)
      }
    } catch {
      throw MediaError.of(error)
    }
  }

  /// Notes the file before its blobs are stored, so that they are removed if nothing comes of it.
  /// - Throws: ``MediaError/busy`` while an earlier file with the same content is being removed.
  private func claim(_ file: StagedFile, _ header: ImageHeader, _ call: Call) async throws {
    let claimed = try await call.database.connections.execute(
      """
      INSERT INTO catalog.media_file AS f (hash, content_type, size_bytes, width, height, unused_since)
      VALUES (\(file.sha256()), \(header.type.contentType), \(Int64(file.bytes)), \(Int32(clamping: header.width)),
              \(Int32(clamping: header.height)), now())
          ON CONFLICT ON CONSTRAINT media_file_pkey DO UPDATE
         SET unused_since = CASE WHEN f.unused_since IS NOT NULL THEN excluded.unused_since END
       WHERE f.removing_at IS NULL
      """)
    guard claimed == 1 else { throw MediaError.busy }
  }

  private func store(
    _ file: StagedFile, _ header: ImageHeader, _ first: Rendition, as names: MediaFile
  ) async throws {
    guard let original = names.original, let rendition = names.rendition(MediaFile.first) else {
      throw MediaError.storeUnavailable
    }
    try await MediaError.ofStore { () async throws(BlobError) in
      try await media.store.put(file, as: original, contentType: header.type.contentType)
      try await media.put(first.bytes, as: rendition, first.type)
    }
  }
}
