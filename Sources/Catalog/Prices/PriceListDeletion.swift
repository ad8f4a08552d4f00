internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The end of a price list.
struct PriceListDeletion {
  let requestID: ID
  private let id: ID
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeletePriceListRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    id = check.id(request.priceListID, "price_list_id")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError/noSuchPriceList(_:)``; ``StaleETag`` when the list has changed since the caller looked.
  func carryOut(in work: Work) async throws -> DeletePriceListResponse {
    let store = PriceListStore(work: work, sellers: sellers)
    let before = try await store.lock(id, in: expected)
    let moment = try await store.moment()
    work.sendRequirement(
      """
      UPDATE catalog.price_list l
         SET ends_at = least(l.ends_at, greatest(l.starts_at, \(moment))), deleted_at = \(moment),
             version = l.version + 1, updated_at = clock_timestamp()
       WHERE l.id = \(id)
      RETURNING l.id
      """, rows: 1, "a price list was not deleted")
    try store.record(.delete, before: before, after: nil)
    return DeletePriceListResponse(in: work.arena)
  }
}
