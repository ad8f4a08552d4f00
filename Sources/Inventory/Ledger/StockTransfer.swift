internal import InventoryAPI
internal import Platform
internal import Protobuf

/// Moves stock from one warehouse of a seller to another: all of it, or none.
struct StockTransfer {
  private static let linesMax = 250
  private static let type = "fastshop.inventory.v1.Stock"

  let requestID: ID
  private let from: ID
  private let to: ID
  /// By variant.
  private let quantities: [ID: Int64]
  private let note: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: TransferStockRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    from = check.id(request.fromWarehouseID, "from_warehouse_id")
    to = check.id(request.toWarehouseID, "to_warehouse_id")
    check.require(from != to || from == .none, "to_warehouse_id", "Must be another warehouse than from_warehouse_id.")
    quantities = Self.quantities(request.lines, &check)
    note = check.stockNote(request.note, "note")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// The variants, which others may be changing at this moment.
  var variants: [ID] { quantities.keys.sorted() }

  /// - Throws: ``InventoryError``: of all variants that there are too few of.
  func carryOut(in work: Work) async throws -> TransferStockResponse {
    var ledger = try await StockLedger.lock(variants, of: sellers, in: work)
    let absent = variants.filter { ledger.stocks[$0] == nil }
    guard absent.isEmpty else { throw InventoryError.noSuchVariants(absent.map(\.description)) }
    let before = ledger.stocks
    var short: [StockShortage] = []
    for variant in variants {
      let quantity = quantities[variant] ?? 0
      do throws(InventoryError) {
        try ledger.move(-quantity, of: variant, in: from, .transferred, note: note)
        try ledger.move(quantity, of: variant, in: to, .transferred, note: note)
      } catch {
        guard case .notEnough(_, let available) = error else { throw error }
        short.append(StockShortage(variant: variant, wanted: quantity, available: available))
      }
    }
    guard short.isEmpty else { throw InventoryError.tooFew(short) }
    try ledger.send(in: work)
    let response = TransferStockResponse(in: work.arena)
    for variant in variants {
      let after = try ledger.stock(of: variant)
      after.fill(response.stocks.appendNew())
      try work.audit(
        "inventory.stock.transfer", on: Self.type, variant, before: before[variant]?.message(in: work.arena),
        after: after.message(in: work.arena))
    }
    return response
  }

  private static func quantities(
    _ lines: RepeatedField<TransferLine>, _ check: inout RequestCheck
  ) -> [ID: Int64] {
    guard (1...linesMax).contains(lines.count) else {
      check.refuse("lines", "Must have 1 to \(linesMax) elements, and has \(lines.count).")
      return [:]
    }
    var quantities: [ID: Int64] = [:]
    for (index, line) in lines.enumerated() {
      let variant = check.id(line.variantID, "lines[\(index)].variant_id")
      let isInRange = (1...RequestCheck.quantityMax).contains(line.quantity)
      check.require(isInRange, "lines[\(index)].quantity", "Must be from 1 to 1000000000.")
      // At most 250 times a quantity in range.
      quantities[variant, default: 0] += isInRange ? line.quantity : 0
    }
    return quantities
  }
}
