internal import CatalogAPI
internal import Files
internal import FoundationEssentials
internal import Platform
internal import Protobuf
internal import RPC

/// An upload to the object store that passes the server by: its key in the store, and the product that it is for.
///
/// The server writes nothing down. The caller keeps the signed token, and the key tells its age.
struct PendingUpload: Equatable {
  /// The URL can be used for so long.
  private static let urlSeconds = 3_600
  /// What is not added to its product by then is removed, long after the last PUT that the URL allows has ended.
  private static let lifetime: Duration = .seconds(86_400)
  private static let tokenKind: UInt8 = 0x55
  /// Two UUIDs.
  private static let tokenBytesMax = 32
  /// The tokens of one method are for another one, so they have a purpose of their own.
  static let tokenPurpose = "fastshop.catalog.media-upload"

  /// Where all of them are; the store lists them from the oldest on, because their ids begin with the time.
  static let folder = BlobKey("uploads")

  let id: ID
  let product: ID

  init(_ id: ID, for product: ID) { (self.id, self.product) = (id, product) }

  /// The upload of a token; nil for a text that is none.
  init?(_ text: String, signedBy signer: TokenSigner) {
    guard
      var reader = TokenReader(text, kind: Self.tokenKind, bytesMax: Self.tokenBytesMax, signedBy: signer),
      let id = reader.id(), let product = reader.id(), reader.isAtEnd
    else { return nil }
    self.init(id, for: product)
  }

  /// The upload that a first message names by a token, instead of bytes; nil for no token, and for a bad one, which the
  /// caller refuses with those of other products.
  static func named(
    _ token: String, besides chunk: Bytes, _ check: inout RequestCheck, _ call: Call
  ) throws -> PendingUpload? {
    if token.isEmpty { return nil }
    check.require(chunk.isEmpty, "chunk", "Must be empty with an upload_token.")
    return PendingUpload(token, signedBy: try signer(call))
  }

  /// The key of its blob.
  var key: BlobKey? { BlobKey("uploads/\(id)") }

  /// Signs the tokens.
  static func signer(_ call: Call) throws -> TokenSigner { try call.vault.tokenSigner(for: tokenPurpose) }

  func token(signedBy signer: TokenSigner) -> String {
    var writer = TokenWriter(kind: Self.tokenKind)
    writer.id(id)
    writer.id(product)
    return writer.text(signedBy: signer)
  }

  /// Whether the blob with that key is too old to be added to a product. What is no upload is not touched.
  static func isOver(_ key: BlobKey, now: Instant) -> Bool {
    let id = ID(String(key.text.dropFirst("uploads/".count)))
    return id?.madeAt.map { $0 < now - lifetime } ?? false
  }

  /// Answers with the URL and the token of a new upload.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``MediaError``.
  static func begin(
    _ request: GetMediaUploadURLRequest, _ call: Call, _ media: MediaSettings
  ) async throws -> GetMediaUploadURLResponse {
    var check = RequestCheck()
    let product = check.id(request.productID, "product_id")
    let kind = MediaFileKind(request.kind)
    check.require(kind != nil, "kind", "Must be a known MediaKind, such as MEDIA_KIND_VIDEO.")
    let bytesMax = (kind ?? .image).bytesMax
    let sizeBytes = request.sizeBytes
    check.require((1...Int64(bytesMax)).contains(sizeBytes), "size_bytes", "Must be from 1 to \(bytesMax).")
    try check.verify()
    try await ProductImages.verify(product, call)
    let now = Instant.now
    let upload = PendingUpload(.made(at: now), for: product)
    let date = Date(timeIntervalSince1970: Double(now.seconds))
    guard let key = upload.key,
      let url = media.store.uploadURL(key, bytes: Int(clamping: sizeBytes), seconds: urlSeconds, now: date)
    else { throw MediaError.uploadURLUnsupported }
    let response = GetMediaUploadURLResponse(in: call.arena)
    response.url = call.arena.text(url)
    response.uploadToken = call.arena.text(upload.token(signedBy: try signer(call)))
    response.expireTime = (now + .seconds(urlSeconds)).timestamp(in: call.arena)
    return response
  }
}
