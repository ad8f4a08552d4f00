internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Many adjustments of stock in one unit of work, each with an outcome of its own.
struct StockBatch {
  private static let rowsMax = 400

  /// How a row names its variant.
  private enum VariantKey {
    case id(ID)
    /// Within the seller of the batch.
    case sku(String)
  }

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
    let count = request.adjustments.count
    check.require(
      (1...Self.rowsMax).contains(count), "adjustments", "Must have 1 to \(Self.rowsMax) elements, and has \(count).")
    requestID = check.id(request.requestID, "request_id")
    seller = check.optionalID(request.sellerID, "seller_id") ?? caller.sellerID
    let namesSKU = request.adjustments.contains { !$0.sku.isEmpty }
    check.require(seller != nil || !namesSKU, "seller_id", "Must be set: the caller has no shop with these SKUs.")
    try check.verify()
    rows = request.adjustments.map(Self.read)
  }

  /// - Returns: the outcome of each row.
  func carryOut(in work: Work) async throws -> BatchAdjustStockResponse {
    let bySKU = try await variantsBySKU(in: work)
    let variants = rows.compactMap { row in (try? row.get()).flatMap { Self.variant($0.variant, bySKU) } }
    var ledger = try await StockLedger.lock(variants, of: sellers, in: work)
    let response = BatchAdjustStockResponse(in: work.arena)
    for row in rows {
      let outcome = response.outcomes.appendNew()
      do {
        let entry = try Self.carryOut(try row.get(), bySKU, by: &ledger)
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

  /// The variants that rows name by SKU.
  private func variantsBySKU(in work: Work) async throws -> [String: ID] {
    var skus: [String] = []
    for row in rows {
      if case .sku(let sku)? = (try? row.get())?.variant { skus.append(sku) }
    }
    guard let seller, !skus.isEmpty else { return [:] }
    let found = try await work.rows(
      "SELECT v.variant_id, v.sku FROM catalog.variants_of_skus(\(seller), \(skus)::text[]) v", access: .write)
    var variants: [String: ID] = [:]
    for row in found { variants[try row.string("sku")] = try row.id("variant_id") }
    return variants
  }

  /// Nil for a SKU that the seller does not have.
  private static func variant(_ key: VariantKey, _ bySKU: [String: ID]) -> ID? {
    switch key {
    case .id(let id): id
    case .sku(let sku): bySKU[sku]
    }
  }

  private static func read(_ row: AdjustmentRow) -> Result<Adjustment, RowRefusal> {
    var check = RequestCheck()
    let variant: VariantKey
    if row.sku.isEmpty {
      variant = .id(check.id(row.variantID, "variant_id"))
    } else {
      check.require(row.variantID.isEmpty, "variant_id", "Must be empty when sku is set.")
      variant = .sku(check.line(row.sku, "sku", isRequired: true))
    }
    let adjustment = Adjustment(
      variant: variant, warehouse: check.optionalID(row.warehouseID, "warehouse_id"),
      delta: check.delta(row.delta, "delta"), reason: check.reason(row.reason, "reason"),
      note: check.stockNote(row.note, "note"))
    do throws(RowRefusal) {
      try check.verifyRow()
      return .success(adjustment)
    } catch {
      return .failure(error)
    }
  }

  private static func carryOut(
    _ row: Adjustment, _ bySKU: [String: ID], by ledger: inout StockLedger
  ) throws -> LedgerEntry {
    guard let id = Self.variant(row.variant, bySKU), ledger.stocks[id] != nil else {
      switch row.variant {
      case .id(let id): throw RowRefusal(InventoryError.noSuchVariant(id.description), field: "variant_id")
      case .sku(let sku): throw RowRefusal(InventoryError.noSuchVariant(sku), field: "sku")
      }
    }
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
