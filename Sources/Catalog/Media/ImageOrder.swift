internal import CatalogAPI
internal import Platform
internal import Protobuf

/// Another order of the images of a product.
struct ImageOrder {
  let requestID: ID
  private let product: ID
  private let ids: [ID]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ReorderMediaRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    product = check.id(request.productID, "product_id")
    let list = request.imageIDs
    ids = check.ids(list, "image_ids", count: 1...ProductImages.countMax)
    check.require(ids.isEmpty || ids.count == list.count, "image_ids", "Must not name an image twice.")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError``.
  func carryOut(in work: Work) async throws -> ReorderMediaResponse {
    let images = try await ProductImages.lock(product, for: sellers, in: work)
    let before = ReorderMediaResponse(in: work.arena)
    before.images = try await images.all()
    let known = before.images.map { ID($0.id.string) }
    guard known.count == ids.count, Set(known) == Set(ids.map { Optional($0) }) else {
      throw MediaError.orderIncomplete
    }
    images.setOrder(ids)
    let after = ReorderMediaResponse(in: work.arena)
    after.images = try await images.all()
    try work.audit("catalog.image.reorder", on: ProductImages.productType, product, before: before, after: after)
    try await images.touch()
    return after
  }
}
