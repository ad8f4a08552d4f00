internal import CatalogAPI
internal import Platform
internal import Protobuf

/// Another title of a video or a document.
struct TitleChange {
  let requestID: ID
  private let id: ID
  private let title: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateAttachmentRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let attachment = request.attachment
    id = check.id(attachment?.id ?? Text(), "attachment.id")
    title = check.line(
      attachment?.title ?? Text(), "attachment.title", upTo: ProductAttachments.titleCharactersMax)
    _ = check.updateMask(request.updateMask, of: attachment, changing: ["title"])
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError/noSuchAttachment(_:)``.
  func carryOut(in work: Work) async throws -> UpdateAttachmentResponse {
    let attachments = try await ProductAttachments.lock(ofAttachment: id, for: sellers, in: work)
    let before = try await attachments.attachment(id)
    attachments.setTitle(title, of: id)
    let after = try await attachments.attachment(id)
    try work.audit("catalog.attachment.update", on: ProductAttachments.type, id, before: before, after: after)
    try await attachments.touch()
    let response = UpdateAttachmentResponse(in: work.arena)
    response.attachment = after
    return response
  }
}

/// Another order of the videos and documents of a product.
struct AttachmentOrder {
  let requestID: ID
  private let product: ID
  private let ids: [ID]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ReorderAttachmentsRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    product = check.id(request.productID, "product_id")
    let list = request.attachmentIDs
    ids = check.ids(list, "attachment_ids", count: 1...ProductAttachments.countMax)
    check.require(
      ids.isEmpty || ids.count == list.count, "attachment_ids", "Must not name an attachment twice.")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError``.
  func carryOut(in work: Work) async throws -> ReorderAttachmentsResponse {
    let attachments = try await ProductAttachments.lock(product, for: sellers, in: work)
    let before = ReorderAttachmentsResponse(in: work.arena)
    before.attachments = try await attachments.all()
    let known = before.attachments.map { ID($0.id.string) }
    guard known.count == ids.count, Set(known) == Set(ids.map { Optional($0) }) else {
      throw MediaError.orderIncomplete
    }
    attachments.setOrder(ids)
    let after = ReorderAttachmentsResponse(in: work.arena)
    after.attachments = try await attachments.all()
    try work.audit(
      "catalog.attachment.reorder", on: ProductImages.productType, product, before: before, after: after)
    try await attachments.touch()
    return after
  }
}

/// The removal of a video or a document from its product. Its blob goes later: see ``MediaUpkeep``.
struct AttachmentDeletion {
  let requestID: ID
  private let id: ID
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteAttachmentRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    id = check.id(request.attachmentID, "attachment_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError/noSuchAttachment(_:)``.
  func carryOut(in work: Work) async throws -> DeleteAttachmentResponse {
    let attachments = try await ProductAttachments.lock(ofAttachment: id, for: sellers, in: work)
    let before = try await attachments.attachment(id)
    attachments.remove(id)
    try work.audit("catalog.attachment.delete", on: ProductAttachments.type, id, before: before)
    try await attachments.touch()
    return DeleteAttachmentResponse(in: work.arena)
  }
}
