internal import InventoryAPI
internal import Platform
internal import Protobuf
internal import RPC

/// Many adjustments of stock in one unit of work, each with an outcome of its own.
struct StockBatch {
  private static let rowsMax = 500

  /// A row that can be tried.
  private struct Adjustment {
    let variant: ID
    let warehouse: ID?
    let delta: Int64
    let reason: StockReason
    let note: String
  }

  /// Why a row is refused.
  private struct Refusal: Error {
    let reason: String
    let field: String
    let message: String
  }

  let requestID: ID
  private let rows: [Result<Adjustment, Refusal>]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT when there are no rows or too many. What is wrong with a row is its outcome.
  init(_ request: BatchAdjustStockRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let count = request.adjustments.count
    check.require(
      (1...Self.rowsMax).contains(count), "adjustments", "Must have 1 to \(Self.rowsMax) elements, and has \(count).")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
    rows = request.adjustments.map(Self.read)
  }

  /// - Returns: the outcome of each row.
  func carryOut(in work: Work) async throws -> BatchAdjustStockResponse {
    let variants = rows.compactMap { try? $0.get().variant }
    var ledger = try await StockLedger.lock(variants, of: sellers, in: work)
    let before = ledger.stocks
    let response = BatchAdjustStockResponse(in: work.arena)
    for row in rows {
      let outcome = response.outcomes.appendNew()
      do {
        outcome.outcome = .made(Self.made(try Self.carryOut(try row.get(), by: &ledger), in: work.arena))
      } catch let refusal as Refusal {
        outcome.outcome = .refusal(Self.message(refusal, in: work.arena))
      }
    }
    try ledger.send(in: work)
    for (variant, stock) in before.sorted(by: { $0.key < $1.key }) {
      guard let after = ledger.stocks[variant], after.version != stock.version else { continue }
      try work.audit(
        "inventory.stock.adjust", on: Stock.descriptor.fullName, variant, before: stock.message(in: work.arena),
        after: after.message(in: work.arena))
    }
    return response
  }

  private static func read(_ row: AdjustmentRow) -> Result<Adjustment, Refusal> {
    var check = RequestCheck()
    let adjustment = Adjustment(
      variant: check.id(row.variantID, "variant_id"), warehouse: check.optionalID(row.warehouseID, "warehouse_id"),
      delta: check.delta(row.delta, "delta"), reason: check.reason(row.reason, "reason"),
      note: check.stockNote(row.note, "note"))
    do {
      try check.verify()
      return .success(adjustment)
    } catch {
      return .failure(refusal(for: error, field: ""))
    }
  }

  private static func carryOut(_ row: Adjustment, by ledger: inout StockLedger) throws -> LedgerEntry {
    do throws(InventoryError) {
      return try ledger.move(row.delta, of: row.variant, in: row.warehouse, row.reason, note: row.note)
    } catch {
      let field =
        switch error {
        case .noSuchVariant: "variant_id"
        case .noSuchWarehouse: "warehouse_id"
        default: "delta"
        }
      throw refusal(for: error, field: field)
    }
  }

  /// What AdjustStock would have answered.
  private static func refusal(for error: any Error, field: String) -> Refusal {
    let status = (error as? RPCError) ?? (error as? any RPCErrorConvertible)?.rpcError
    var (reason, field) = ("", field)
    for detail in status?.details ?? [] {
      switch detail {
      case .errorInfo(let name, _, _): reason = name
      case .badRequest(let violations): field = violations.first?.field ?? field
      default: break
      }
    }
    return Refusal(reason: reason, field: field, message: status?.message ?? "")
  }

  private static func made(_ entry: LedgerEntry, in arena: Arena) -> AdjustmentMade {
    let made = AdjustmentMade(in: arena)
    made.movementID = arena.text(entry.id?.description ?? "")
    (made.onHand, made.stockVersion) = (entry.onHand, entry.version)
    return made
  }

  private static func message(_ refusal: Refusal, in arena: Arena) -> AdjustmentRefusal {
    let message = AdjustmentRefusal(in: arena)
    message.reason = arena.text(refusal.reason)
    message.field = arena.text(refusal.field)
    message.message = arena.text(refusal.message)
    return message
  }
}
