internal import InventoryAPI
internal import Platform
internal import Protobuf

/// Many counts of stock in one unit of work, each with an outcome of its own.
struct StockCountBatch {
  /// A row that can be tried.
  private struct Count {
    let variant: VariantKey
    let warehouse: ID?
    let onHand: Int64
    let note: String
  }

  let requestID: ID
  private let rows: [Result<Count, RowRefusal>]
  private let sellers: SellerAccess
  /// Whose SKUs the rows name; nil where none does.
  private let seller: ID?

  /// - Throws: INVALID_ARGUMENT when there are no rows or too many. What is wrong with a row is its outcome.
  init(_ request: BatchSetStockRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    check.stockRows(request.counts.count, "counts")
    requestID = check.id(request.requestID, "request_id")
    seller = check.sellerOfSKUs(request.sellerID, namesSKU: request.counts.contains { !$0.sku.isEmpty }, caller)
    try check.verify()
    rows = request.counts.map(Self.read)
  }

  /// - Returns: the outcome of each row.
  func carryOut(in work: Work) async throws -> BatchSetStockResponse {
    let keys = rows.compactMap { try? $0.get().variant }
    let named = try await NamedVariants.read(keys, of: seller, in: work)
    var ledger = try await StockLedger.lock(keys.compactMap { named[$0] }, of: sellers, in: work)
    let response = BatchSetStockResponse(in: work.arena)
    for row in rows {
      let outcome = response.outcomes.appendNew()
      do {
        let count = try row.get()
        guard let variant = named[count.variant], let stock = ledger.stocks[variant] else {
          throw count.variant.missing
        }
        let entry = try Self.carryOut(count, of: stock, by: &ledger)
        outcome.outcome = .made(Self.made(entry, stock, in: work.arena))
        guard let entry else { continue }
        try AuditedStock.audit(StockCount.action, entry, reserved: stock.reserved, in: work)
      } catch let refusal as RowRefusal {
        outcome.outcome = .refusal(Self.message(refusal, in: work.arena))
      }
    }
    try ledger.send(in: work)
    return response
  }

  private static func read(_ row: CountRow) -> Result<Count, RowRefusal> {
    var check = RequestCheck()
    let count = Count(
      variant: check.variantKey(id: row.variantID, sku: row.sku),
      warehouse: check.optionalID(row.warehouseID, "warehouse_id"), onHand: check.counted(row.onHand, "on_hand"),
      note: check.stockNote(row.note, "note"))
    do throws(RowRefusal) {
      try check.verifyRow()
      return .success(count)
    } catch {
      return .failure(error)
    }
  }

  /// - Returns: the entry of the ledger; nil when the warehouse has the quantity already.
  private static func carryOut(
    _ count: Count, of stock: LockedStock, by ledger: inout StockLedger
  ) throws(RowRefusal) -> LedgerEntry? {
    do throws(InventoryError) {
      let warehouse = count.warehouse ?? stock.seller
      try ledger.verify(warehouse, of: stock)
      let delta = stock.difference(of: count.onHand, in: warehouse)
      if delta == 0 { return nil }
      return try ledger.move(delta, of: stock.variant, in: warehouse, .counted, note: count.note)
    } catch {
      let field = if case .noSuchWarehouse = error { "warehouse_id" } else { "on_hand" }
      throw RowRefusal(error, field: field)
    }
  }

  private static func made(_ entry: LedgerEntry?, _ before: LockedStock, in arena: Arena) -> CountMade {
    let made = CountMade(in: arena)
    made.movementID = arena.text(entry?.id?.description ?? "")
    (made.onHand, made.stockVersion) = (entry?.onHand ?? before.onHand, entry?.version ?? before.version)
    return made
  }

  private static func message(_ refusal: RowRefusal, in arena: Arena) -> CountRefusal {
    let message = CountRefusal(in: arena)
    message.reason = arena.text(refusal.reason)
    message.field = arena.text(refusal.field)
    message.message = arena.text(refusal.message)
    return message
  }
}
