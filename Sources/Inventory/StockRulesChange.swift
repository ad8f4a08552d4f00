internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// New rules for one variant's stock, with their entry in the audit log.
struct StockRulesChange {
  private static let quantities: ClosedRange<Int64> = 0...1_000_000
  private static let type = StockRules.descriptor.fullName

  let requestID: ID
  let variant: ID
  private let threshold: Int64
  private let limits: StockLimits
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetStockRulesRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    threshold = request.lowStockThreshold
    check.require(Self.quantities.contains(threshold), "low_stock_threshold", "Must be from 0 to 1000000.")
    limits = Self.limits(request, &check)
    requestID = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    try check.verify()
  }

  private static func limits(_ request: SetStockRulesRequest, _ check: inout RequestCheck) -> StockLimits {
    let (safety, backorders) = (request.safetyStock, request.backorderLimit)
    check.require(quantities.contains(safety), "safety_stock", "Must be from 0 to 1000000.")
    check.require(quantities.contains(backorders), "backorder_limit", "Must be from 0 to 1000000.")
    let time = request.backorderTime.flatMap { check.instant($0, "backorder_time") }
    if backorders == 0 {
      check.require(request.backorderTime == nil, "backorder_time", "Must not be set without a backorder_limit.")
    } else {
      check.require(request.backorderTime != nil, "backorder_time", "Must be set with a backorder_limit.")
    }
    return StockLimits(safetyStock: safety, backorderLimit: backorders, backorderTime: time)
  }

  /// - Throws: ``InventoryError``; ``StaleETag`` when the rules have changed since the caller looked.
  func carryOut(in work: Work) async throws -> SetStockRulesResponse {
    var ledger = try await StockLedger.lock([variant], of: sellers, in: work)
    _ = try ledger.stock(of: variant)
    work.send(make)
    guard let before = try await work.first(SetStockRulesResponse.self, current)?.rules,
      let etag = ETag(before.etag.string)
    else { throw InventoryError.noSuchVariant(variant.description) }
    try expected.verify(etag.version, of: Self.type, variant)
    try ledger.set(limits, of: variant)
    try ledger.send(in: work)
    work.sendRequirement(update, rows: 1, "the rules are written")
    guard let response = try await work.first(SetStockRulesResponse.self, current) else {
      throw InventoryError.noSuchVariant(variant.description)
    }
    try work.audit("inventory.stock_rules.set", on: Self.type, variant, before: before, after: response.rules)
    return response
  }

  /// Makes the rules of a variant that has none.
  private var make: Query {
    """
    INSERT INTO inventory.stock_rules (variant_id, seller_id)
    SELECT s.variant_id, s.seller_id FROM inventory.stock s WHERE s.variant_id = \(variant)
        ON CONFLICT ON CONSTRAINT stock_rules_pkey DO NOTHING
    """
  }

  var current: Query {
    """
    SELECT \(StockColumns.rules)
      FROM inventory.stock_rules r
      JOIN inventory.stock s ON s.variant_id = r.variant_id
     WHERE r.variant_id = \(variant)
    """
  }

  var update: Query {
    """
    UPDATE inventory.stock_rules r
       SET low_stock_threshold = \(threshold), version = r.version + 1, updated_at = clock_timestamp(),
           is_low = inventory.is_low(inventory.available(s.on_hand, s.reserved, s.safety_stock), \(threshold))
      FROM inventory.stock s
     WHERE r.variant_id = \(variant) AND s.variant_id = r.variant_id
    RETURNING r.variant_id
    """
  }
}
