internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Many adjustments of stock in one unit of work, each with an outcome of its own.
struct StockBatch {
  /// A row that can be tried.
  private struct Adjustment {
    let variant: VariantKey
    let warehouse: ID?
    let delta: Int64
    let reason: StockReason
    let note: String
  }

  let requestID: ID
  private let rows: [Result<Adjustment, RowRefusal>]
  private let sellers: SellerAccess
  /// Whose SKUs the rows name; nil where none does.
  private let seller: ID?

  /// - Throws: INVALID_ARGUMENT when there are no rows or too many. What is wrong with a row is its outcome.
  init(_ request: BatchAdjustStockRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    check.stockRows(request.adjustments.count, "adjustments")
    requestID = check.id(request.requestID, "request_id")
    seller = check.sellerOfSKUs(
      request.sellerID, namesSKU: request.adjustments.contains { !$0.sku.isEmpty }, caller)
    try check.verify()
    rows = request.adjustments.map(Self.read)
  }

  /// - Returns: the outcome of each row.
  func carryOut(in work: Work) async throws -> BatchAdjustStockResponse {
    let keys = rows.compactMap { try? $0.get().variant }
    let named = try await NamedVariants.read(keys, of: seller, in: work)
    var ledger = try await StockLedger.lock(keys.compactMap { named[$0] }, of: sellers, in: work)
    let response = BatchAdjustStockResponse(in: work.arena)
    for row in rows {
      let outcome = response.outcomes.appendNew()
      do {
        let entry = try Self.carryOut(try row.get(), named, by: &ledger)
        outcome.outcome = .made(Self.made(entry, in: work.arena))
        let reserved = ledger.stocks[entry.variant]?.reserved ?? 0
        try AuditedStock.audit("inventory.stock.adjust", entry, reserved: reserved, in: work)
      } catch let refusal as RowRefusal {
        outcome.outcome = .refusal(Self.message(refusal, in: work.arena))
      }
    }
    try ledger.send(in: work)
    return response
  }

  private static func read(_ row: AdjustmentRow) -> Result<Adjustment, RowRefusal> {
    var check = RequestCheck()
    let adjustment = Adjustment(
      variant: check.variantKey(id: row.variantID, sku: row.sku),
      warehouse: check.optionalID(row.warehouseID, "warehouse_id"), delta: check.delta(row.delta, "delta"),
      reason: check.reason(row.reason, "reason"), note: check.stockNote(row.note, "note"))
    do throws(RowRefusal) {
      try check.verifyRow()
      return .success(adjustment)
    } catch {
      return .failure(error)
    }
  }

  private static func carryOut(
    _ row: Adjustment, _ named: NamedVariants, by ledger: inout StockLedger
  ) throws -> LedgerEntry {
    guard let id = named[row.variant], ledger.stocks[id] != nil else { throw row.variant.missing }
    do throws(InventoryError) {
      return try ledger.move(row.delta, of: id, in: row.warehouse, row.reason, note: row.note)
    } catch {
      let field = if case .noSuchWarehouse = error { "warehouse_id" } else { "delta" }
      throw RowRefusal(error, field: field)
    }
  }

  private static func made(_ entry: LedgerEntry, in arena: Arena) -> AdjustmentMade {
    let made = AdjustmentMade(in: arena)
    made.movementID = arena.text(entry.id?.description ?? "")
    (made.onHand, made.stockVersion) = (entry.onHand, entry.version)
    return made
  }

  private static func message(_ refusal: RowRefusal, in arena: Arena) -> AdjustmentRefusal {
    let message = AdjustmentRefusal(in: arena)
    message.reason = arena.text(refusal.reason)
    message.field = arena.text(refusal.field)
    message.message = arena.text(refusal.message)
    for (name, value) in refusal.metadata { message.metadata[arena.text(name)] = arena.text(value) }
    return message
  }
}
