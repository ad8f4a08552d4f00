internal import CatalogAPI
internal import Files
internal import Images
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// One upload: its bytes are staged on the disk, looked at, stored, and then named by a row of their product.
struct MediaUpload {
  private static let altCharactersMax = 300
  private static let chunkBytesMax = 1024 * 1024

  private let media: MediaSettings
  private let requestID: ID
  private let product: ID
  private let alt: String
  private let firstChunk: [UInt8]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ first: UploadMediaRequest, by caller: Caller, _ media: MediaSettings) throws {
    self.media = media
    sellers = caller.sellers
    var check = RequestCheck()
    requestID = check.id(first.requestID, "request_id")
    product = check.id(first.productID, "product_id")
    alt = check.line(first.alt, "alt", upTo: Self.altCharactersMax)
    firstChunk = Array(first.chunk)
    check.require(firstChunk.count <= Self.chunkBytesMax, "chunk", "Must have at most \(Self.chunkBytesMax) bytes.")
    try check.verify()
  }

  /// Takes the rest of the upload, and adds the image to its product.
  func carryOut(_ rest: consuming RequestStream<UploadMediaRequest>, _ call: Call) async throws -> UploadMediaResponse {
    try await verifyProduct(call)
    var rest = rest
    let file = try await staged(&rest)
    let (header, first) = try await verified(file)
    try await claim(file, header, call)
    try await store(file, header, first)
    return try await add(file, header, call)
  }

  /// Before any byte is taken; once more when the image is added.
  private func verifyProduct(_ call: Call) async throws {
    let query: Query = """
      SELECT FROM catalog.product p WHERE p.id = \(product) AND \(sellers.covers("p.seller_id"))
      """
    if try await call.database.rows(query).isEmpty { throw MediaError.noSuchProduct(product.description) }
  }

  /// - Throws: ``MediaError``; what was staged is gone then.
  private func staged(_ rest: inout RequestStream<UploadMediaRequest>) async throws -> StagedFile {
    let file = try await MediaError.ofStore { () async throws(BlobError) in try await media.staging.file() }
    var chunk: [UInt8]? = firstChunk
    while let bytes = chunk {
      guard file.bytes + bytes.count <= MediaFile.bytesMax else { throw MediaError.tooManyBytes }
      try await MediaError.ofStore { () async throws(BlobError) in try await file.append(bytes) }
      chunk = try await rest.next().map { Array($0.chunk) }
    }
    return file
  }

  /// The rendition that is shown first. To make it, the whole image is decoded.
  private func verified(_ file: StagedFile) async throws -> (header: ImageHeader, first: Rendition) {
    do throws(ImageError) {
      let header = try await media.images.header(of: file.path)
      let made = try await media.images.renditions(of: file.path, [MediaFile.sizes[0]], [.jpeg])
      guard let first = made.first else { throw .unavailable("no rendition was made") }
      return (header, first)
    } catch {
      throw MediaError(error)
    }
  }

  /// Notes the file before its blobs are stored, so that they are removed if nothing comes of it.
  private func claim(_ file: StagedFile, _ header: ImageHeader, _ call: Call) async throws {
    try await call.database.connections.execute(
      """
      INSERT INTO catalog.media_file AS f (hash, content_type, size_bytes, width, height, claimed_at)
      VALUES (\(file.sha256()), \(header.type.contentType), \(Int64(file.bytes)), \(Int32(clamping: header.width)),
              \(Int32(clamping: header.height)), now())
          ON CONFLICT ON CONSTRAINT media_file_pkey DO UPDATE SET claimed_at = excluded.claimed_at
      """)
  }

  private func store(_ file: StagedFile, _ header: ImageHeader, _ first: Rendition) async throws {
    let names = MediaFile(hash: file.sha256())
    guard let original = names.original, let rendition = names.rendition(MediaFile.first) else {
      throw MediaError.storeUnavailable
    }
    try await MediaError.ofStore { () async throws(BlobError) in
      try await media.store.put(file, as: original, contentType: header.type.contentType)
      try await media.put(first.bytes, as: rendition, first.type)
    }
  }

  private func add(_ file: StagedFile, _ header: ImageHeader, _ call: Call) async throws -> UploadMediaResponse {
    // What identifies the request: the hash stands for the bytes.
    let request = UploadMediaRequest(in: call.arena)
    (request.productID, request.alt) = (call.arena.text(product.description), call.arena.text(alt))
    request.chunk = Bytes(file.sha256(), in: call.arena)
    return try await call.work(request, id: requestID) { work in
      let images = try await ProductImages.lock(product, for: sellers, in: work)
      let image = try await images.add(MediaFile(hash: file.sha256()), header, alt: alt, under: media.urlPrefix)
      try await images.touch()
      let response = UploadMediaResponse(in: work.arena)
      (response.image, response.receivedBytes) = (image, Int64(file.bytes))
      try work.audit("catalog.image.create", on: ProductImages.type, image.id, after: image)
      work.enqueue(try RenderMedia.job(file: MediaFile(hash: file.sha256())))
      return response
    }
  }
}
