internal import CatalogAPI
internal import Platform
internal import Protobuf

/// Another alternative text of an image.
struct AltChange {
  let requestID: ID
  private let id: ID
  private let alt: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateMediaRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let image = request.image
    id = check.id(image?.id ?? Text(), "image.id")
    alt = check.line(image?.alt ?? Text(), "image.alt", upTo: ProductImages.altCharactersMax)
    _ = check.updateMask(request.updateMask, of: image, changing: ["alt"])
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError/noSuchImage(_:)``.
  func carryOut(in work: Work) async throws -> UpdateMediaResponse {
    let images = try await ProductImages.lock(ofImage: id, for: sellers, in: work)
    let before = try await images.image(id)
    let after = try await images.setAlt(alt, of: id)
    try work.audit("catalog.image.update", on: ProductImages.type, id, before: before, after: after)
    try await images.touch()
    let response = UpdateMediaResponse(in: work.arena)
    response.image = after
    return response
  }
}
