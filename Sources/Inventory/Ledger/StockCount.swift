internal import InventoryAPI
internal import Platform
internal import Protobuf

/// Sets what is in a warehouse to what was counted there.
struct StockCount {
  static let action = "inventory.stock.set"
  private static let type = "fastshop.inventory.v1.Stock"

  let requestID: ID
  let variant: ID
  private let warehouse: ID?
  private let onHand: Int64
  private let note: String
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetStockRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    warehouse = check.optionalID(request.warehouseID, "warehouse_id")
    onHand = check.counted(request.onHand, "on_hand")
    note = check.stockNote(request.note, "note")
    requestID = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    try check.verify()
  }

  /// - Throws: ``InventoryError``; ``StaleETag`` when the stock has changed since the caller looked.
  func carryOut(in work: Work) async throws -> SetStockResponse {
    var ledger = try await StockLedger.lock([variant], of: sellers, in: work)
    let before = try ledger.stock(of: variant)
    try expected.verify(before.version, of: Self.type, variant)
    let response = SetStockResponse(in: work.arena)
    let delta = before.difference(of: onHand, in: warehouse ?? before.seller)
    if delta != 0 {
      let entry = try ledger.move(delta, of: variant, in: warehouse, .counted, note: note)
      response.movementID = work.arena.text(entry.id?.description ?? "")
      try AuditedStock.audit(Self.action, entry, reserved: before.reserved, in: work)
    } else {
      if let warehouse { try ledger.verify(warehouse, of: before) }
      let state = before.message(in: work.arena)
      try work.audit(Self.action, on: Self.type, variant, before: state, after: state)
    }
    try ledger.send(in: work)
    response.stock = try ledger.stock(of: variant).message(in: work.arena)
    return response
  }
}
