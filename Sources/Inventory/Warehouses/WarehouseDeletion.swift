internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Deletes an empty warehouse.
struct WarehouseDeletion {
  private static let type = "fastshop.inventory.v1.Warehouse"

  let requestID: ID
  private let id: ID
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteWarehouseRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    id = check.id(request.warehouseID, "warehouse_id")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``InventoryError``; ``StaleETag``.
  func carryOut(in work: Work) async throws -> DeleteWarehouseResponse {
    guard let before = try await work.first(UpdateWarehouseResponse.self, .lockedWarehouse(id, of: sellers))?.warehouse,
      let etag = ETag(before.etag.string)
    else { throw InventoryError.noSuchWarehouse(id.description) }
    try expected.verify(etag.version, of: Self.type, id)
    guard !before.isDefault else { throw InventoryError.warehouseIsDefault(id.description) }
    let notEmpty = InventoryError.warehouseNotEmpty(id.description)
    let deleted = try await expecting(["inventory.warehouse_stock_warehouse_fkey": notEmpty]) {
      try await work.execute("DELETE FROM inventory.warehouse w WHERE w.id = \(id)")
    }
    guard deleted == 1 else { throw InventoryError.noSuchWarehouse(id.description) }
    try work.audit("inventory.warehouse.delete", on: Self.type, id, before: before)
    return DeleteWarehouseResponse(in: work.arena)
  }
}
