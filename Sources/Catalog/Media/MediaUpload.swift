internal import CatalogAPI
internal import Files
internal import Images
internal import Platform
internal import Protobuf
internal import RPC

/// One upload: its bytes are staged on the disk, looked at, stored, and then named by a row of their product.
struct MediaUpload {
  private let media: MediaSettings
  private let requestID: ID
  let product: ID
  private let kind: MediaFileKind
  /// The alternative text, or the title.
  private let text: String
  private let source: UploadSource
  /// What identifies the request, but for the bytes.
  private let token: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ first: UploadMediaRequest, _ call: Call, _ media: MediaSettings) throws {
    self.media = media
    var check = RequestCheck()
    requestID = check.id(first.requestID, "request_id")
    product = check.id(first.productID, "product_id")
    text = check.line(first.alt, "alt", upTo: ProductImages.altCharactersMax)
    let named = MediaFileKind(first.kind)
    check.require(
      named != nil && named != .digitalFile, "kind",
      "Must be an image, a video or a document; DigitalGoodsService has what is sold as files.")
    kind = named ?? .image
    token = first.uploadToken.string
    let pending = try PendingUpload.named(token, besides: first.chunk, &check, call)
    check.require(
      token.isEmpty || pending?.product == product, "upload_token",
      "Must be a token of GetMediaUploadURL for this product, unchanged, or empty.")
    try check.verify()
    source = UploadSource(kind, chunk: first.chunk.array, pending: pending, media)
  }

  /// Takes the rest of the upload, and adds the image or the attachment to its product.
  func carryOut(
    _ rest: inout RequestStream<UploadMediaRequest>, _ call: Call
  ) async throws -> UploadMediaResponse {
    try await source.take(&rest, call) {
      $0.chunk.array
    } use: { file, hash in
      kind == .image
        ? try await addImage(file, call, identifiedBy: hash) : try await addAttachment(file, call, identifiedBy: hash)
    } firstResponse: {
      try await call.firstResponse(to: identity([], call), id: requestID, orThrow: MediaError.uploadMissing)
    }
  }

  /// The response to the same request, for a call that is refused: its product may be gone since. Its bytes, which tell
  /// whether it is the same one, are taken only if a request with its id was carried out.
  func firstResponse(
    _ rest: inout RequestStream<UploadMediaRequest>, _ call: Call, orThrow refusal: MediaError
  ) async throws -> UploadMediaResponse {
    guard try await call.isRepeated(id: requestID) else { throw refusal }
    return try await media.uploads.withPlace(for: .caller(call), orElse: MediaError.busy) {
      try await source.take(&rest, call) {
        $0.chunk.array
      } use: { _, hash in
        try await call.firstResponse(to: identity(hash, call), id: requestID, orThrow: refusal)
      } firstResponse: {
        try await call.firstResponse(to: identity([], call), id: requestID, orThrow: refusal)
      }
    }
  }

  /// What identifies the request: a hash stands for the bytes.
  private func identity(_ hash: [UInt8], _ call: Call) -> UploadMediaRequest {
    let request = UploadMediaRequest(in: call.arena)
    (request.productID, request.alt) = (call.arena.text(product.description), call.arena.text(text))
    (request.chunk, request.uploadToken) = (Bytes(hash, in: call.arena), call.arena.text(token))
    switch kind {
    case .image, .digitalFile: break
    case .video: request.kind = .video
    case .document: request.kind = .document
    }
    return request
  }

  private func addImage(
    _ file: StagedFile, _ call: Call, identifiedBy hash: [UInt8]
  ) async throws -> UploadMediaResponse {
    let (header, first) = try await inspected(file)
    let names = MediaFile(kind, file)
    let type = header.type.contentType
    try await source.claim(names, type, bytes: file.bytes, size: (header.width, header.height), call)
    try await source.store(file, as: names, type)
    guard let rendition = names.rendition(MediaFile.first) else { throw MediaError.storeUnavailable }
    try await MediaError.ofStore { () async throws(BlobError) in
      try await media.put(first.bytes, as: rendition, first.type)
    }
    return try await call.work(identity(hash, call), id: requestID) { work in
      try await source.useToken(in: work)
      let images = try await ProductImages.lock(product, for: call.caller.sellers, in: work)
      let image = try await images.add(names, header, alt: text, under: media.urlPrefix)
      try work.audit("catalog.image.create", on: ProductImages.type, image.id, after: image)
      work.enqueue(try RenderMedia.job(of: names))
      try await images.touch()
      let response = UploadMediaResponse(in: work.arena)
      (response.image, response.receivedBytes) = (image, Int64(file.bytes))
      return response
    }
  }

  private func addAttachment(
    _ file: StagedFile, _ call: Call, identifiedBy hash: [UInt8]
  ) async throws -> UploadMediaResponse {
    let type = try await AttachmentType(of: FileContent(file), as: kind)
    let names = MediaFile(kind, file)
    try await source.claim(names, type.contentType, bytes: file.bytes, call)
    try await source.store(file, as: names, type.contentType)
    return try await call.work(identity(hash, call), id: requestID) { work in
      try await source.useToken(in: work)
      let attachments = try await ProductAttachments.lock(product, for: call.caller.sellers, in: work)
      let attachment = try await attachments.add(names, type, title: text, under: media.urlPrefix)
      try work.audit("catalog.attachment.create", on: ProductAttachments.type, attachment.id, after: attachment)
      try await attachments.touch()
      let response = UploadMediaResponse(in: work.arena)
      (response.attachment, response.receivedBytes) = (attachment, Int64(file.bytes))
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
}
