internal import CatalogAPI
internal import Platform
internal import Protobuf

/// The removal of an image from its product. Its blobs go later, if no other image shows the same file: see
/// ``MediaUpkeep``.
struct ImageDeletion {
  let requestID: ID
  private let id: ID
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteMediaRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    id = check.id(request.imageID, "image_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError/noSuchImage(_:)``; ``CatalogError/productIncomplete(_:)`` for the last image of a product
  ///   that is on sale.
  func carryOut(in work: Work) async throws -> DeleteMediaResponse {
    let images = try await ProductImages.lock(ofImage: id, for: sellers, in: work)
    let before = try await images.image(id)
    try await images.verifyRemoval(of: id)
    images.remove(id)
    try work.audit("catalog.image.delete", on: ProductImages.type, id, before: before)
    try await images.touch()
    return DeleteMediaResponse(in: work.arena)
  }
}
