internal import CatalogAPI
internal import Platform
internal import Protobuf

/// The removal of a file from its variant. Its blob goes later: see ``MediaUpkeep``.
struct DigitalFileDeletion {
  let requestID: ID
  private let id: ID
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteDigitalFileRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    id = check.id(request.fileID, "file_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``MediaError/noSuchDigitalFile(_:)``.
  func carryOut(in work: Work) async throws -> DeleteDigitalFileResponse {
    let goods = try await DigitalGoods.lock(ofFile: id, for: sellers, in: work)
    let before = try await goods.file(id)
    goods.remove(id)
    try work.audit("catalog.digital_file.delete", on: DigitalGoods.fileType, id, before: before)
    goods.touch()
    return DeleteDigitalFileResponse(in: work.arena)
  }
}
