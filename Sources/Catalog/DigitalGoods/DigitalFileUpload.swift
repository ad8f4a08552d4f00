internal import CatalogAPI
internal import Files
internal import Platform
internal import Protobuf
internal import RPC

/// The upload of a file that is sold with a variant. Nobody looks at its content.
struct DigitalFileUpload {
  /// As the store gets it: no program is to guess what it is.
  static let contentType = "application/octet-stream"

  private let media: MediaSettings
  private let requestID: ID
  private let variant: ID
  /// The file that is replaced; nil for a new one.
  private let replaced: ID?
  private let name: String
  private let source: UploadSource
  private let pending: PendingUpload?
  /// What identifies the request, but for the bytes.
  private let token: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ first: UploadDigitalFileRequest, _ call: Call, _ media: MediaSettings) throws {
    self.media = media
    var check = RequestCheck()
    requestID = check.id(first.requestID, "request_id")
    variant = check.id(first.variantID, "variant_id")
    replaced = check.optionalID(first.fileID, "file_id")
    name = check.line(first.fileName, "file_name", upTo: DigitalGoods.nameCharactersMax, isRequired: true)
    check.require(
      !name.contains { $0 == "/" || $0 == "\\" } && name != "." && name != "..", "file_name",
      "Must be a name of a file, without a folder.")
    token = first.uploadToken.string
    pending = try PendingUpload.named(token, besides: first.chunk, &check, call)
    check.require(token.isEmpty || pending != nil, "upload_token", Self.wantedToken)
    try check.verify()
    source = UploadSource(.digitalFile, chunk: first.chunk.array, pending: pending, media)
  }

  private static let wantedToken =
    "Must be a token of GetMediaUploadURL for the product of this variant, unchanged, or empty."

  /// Verifies what the upload is for.
  /// - Returns: the seller of the variant.
  /// - Throws: ``MediaError``; INVALID_ARGUMENT for a token of another product.
  func verify(_ call: Call) async throws -> ID {
    let (product, seller) = try await DigitalGoods.product(of: variant, call)
    var check = RequestCheck()
    check.require(pending == nil || pending?.product == product, "upload_token", Self.wantedToken)
    try check.verify()
    if let replaced { try await DigitalGoods.verify(replaced, of: variant, call) }
    return seller
  }

  /// The response to the same request, for a call that is refused: its variant, or the file that it replaced, may be
  /// gone since. As ``MediaUpload/firstResponse(_:_:orThrow:)``.
  func firstResponse(
    _ rest: inout RequestStream<UploadDigitalFileRequest>, _ call: Call, orThrow refusal: MediaError
  ) async throws -> UploadDigitalFileResponse {
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

  /// Takes the rest of the upload, and adds the file to its variant.
  func carryOut(
    _ rest: inout RequestStream<UploadDigitalFileRequest>, _ call: Call
  ) async throws -> UploadDigitalFileResponse {
    try await source.take(&rest, call) {
      $0.chunk.array
    } use: { file, hash in
      try await add(file, call, identifiedBy: hash)
    } firstResponse: {
      try await call.firstResponse(to: identity([], call), id: requestID, orThrow: MediaError.uploadMissing)
    }
  }

  /// What identifies the request: a hash stands for the bytes.
  private func identity(_ hash: [UInt8], _ call: Call) -> UploadDigitalFileRequest {
    let request = UploadDigitalFileRequest(in: call.arena)
    (request.variantID, request.fileName) = (call.arena.text(variant.description), call.arena.text(name))
    if let replaced { request.fileID = call.arena.text(replaced.description) }
    (request.chunk, request.uploadToken) = (Bytes(hash, in: call.arena), call.arena.text(token))
    return request
  }

  private func add(
    _ file: StagedFile, _ call: Call, identifiedBy hash: [UInt8]
  ) async throws -> UploadDigitalFileResponse {
    guard file.bytes > 0 else { throw MediaError.empty }
    let names = MediaFile(.digitalFile, file)
    try await source.claim(names, Self.contentType, bytes: file.bytes, call)
    try await source.store(file, as: names, Self.contentType)
    return try await call.work(identity(hash, call), id: requestID) { work in
      try await source.useToken(in: work)
      let goods = try await DigitalGoods.lock(variant, for: call.caller.sellers, in: work)
      let stored: DigitalFile
      if let replaced {
        let before = try await goods.file(replaced)
        stored = try await goods.replace(replaced, by: names, named: name)
        try work.audit(
          "catalog.digital_file.replace", on: DigitalGoods.fileType, replaced, before: before, after: stored)
      } else {
        stored = try await goods.add(names, named: name)
        try work.audit("catalog.digital_file.create", on: DigitalGoods.fileType, stored.id, after: stored)
      }
      goods.touch()
      let response = UploadDigitalFileResponse(in: work.arena)
      (response.file, response.receivedBytes) = (stored, Int64(file.bytes))
      return response
    }
  }
}
