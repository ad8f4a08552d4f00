internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// A change of the images that a product has: another text, another order, one fewer.
struct MediaChange {
  private static let altCharactersMax = 300

  private enum Kind {
    case setAlt(String, of: ID)
    case reorder(product: ID, [ID])
    case remove(ID)
  }

  let requestID: ID
  private let kind: Kind
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateMediaRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let image = request.image
    let id = check.id(image?.id ?? Text(), "image.id")
    let alt = check.line(image?.alt ?? Text(), "image.alt", upTo: Self.altCharactersMax)
    _ = check.updateMask(request.updateMask, of: image, changing: ["alt"])
    requestID = check.id(request.requestID, "request_id")
    kind = .setAlt(alt, of: id)
    try check.verify()
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ReorderMediaRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let product = check.id(request.productID, "product_id")
    let ids = check.ids(request.imageIDs, "image_ids", count: 1...ProductImages.countMax)
    check.require(ids.count == request.imageIDs.count, "image_ids", "Must not name an image twice.")
    requestID = check.id(request.requestID, "request_id")
    kind = .reorder(product: product, ids)
    try check.verify()
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteMediaRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    kind = .remove(check.id(request.imageID, "image_id"))
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Returns: the images of the product after the change, and the one that was changed.
  func carryOut(in work: Work) async throws -> (images: RepeatedField<Image>, changed: Image?) {
    switch kind {
    case .setAlt(let alt, let id):
      let images = try await ProductImages.lock(ofImage: id, for: sellers, in: work)
      let before = try await images.image(id)
      guard let before, let after = try await images.setAlt(alt, of: id) else {
        throw MediaError.noSuchImage(id.description)
      }
      try work.audit("catalog.image.update", on: ProductImages.type, id, before: before, after: after)
      try await images.touch()
      return (try await images.all(), after)
    case .reorder(let product, let ids):
      let images = try await ProductImages.lock(product, for: sellers, in: work)
      try await images.reorder(ids)
      try work.audit("catalog.image.reorder", on: "fastshop.catalog.v1.Product", product)
      try await images.touch()
      return (try await images.all(), nil)
    case .remove(let id):
      let images = try await ProductImages.lock(ofImage: id, for: sellers, in: work)
      guard let before = try await images.image(id) else { throw MediaError.noSuchImage(id.description) }
      try await images.remove(id)
      try work.audit("catalog.image.delete", on: ProductImages.type, id, before: before)
      try await images.touch()
      return (try await images.all(), nil)
    }
  }
}
