internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A change of the rules for one variant's stock, with its entry in the audit log.
struct StockRulesChange {
  private static let quantities: ClosedRange<Int64> = 0...1_000_000
  private static let type = StockRules.descriptor.fullName

  let requestID: ID
  let variant: ID
  /// Nil for what stays as it is.
  private var threshold: Int64?
  private var safetyStock: Int64?
  private var backorderLimit: Int64?
  private var backorderTime: Instant?
  private var changesBackorderTime = false
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetStockRulesRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    requestID = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    read(request, &check)
    try check.verify()
  }

  private mutating func read(_ request: SetStockRulesRequest, _ check: inout RequestCheck) {
    // Clients of a release without a mask, and without other rules, clear the threshold by a request with nothing set.
    let clearsThreshold =
      (request.updateMask?.paths.isEmpty ?? true) && request.lowStockThreshold == 0 && request.safetyStock == 0
      && request.backorderLimit == 0 && request.backorderTime == nil
    if clearsThreshold {
      threshold = 0
      return
    }
    let mask = check.updateMask(
      request.updateMask, of: request,
      changing: ["low_stock_threshold", "safety_stock", "backorder_limit", "backorder_time"])
    func quantity(_ value: Int64, _ field: String) -> Int64? {
      guard mask.contains(field) else { return nil }
      check.require(Self.quantities.contains(value), field, "Must be from 0 to 1000000.")
      return value
    }
    threshold = quantity(request.lowStockThreshold, "low_stock_threshold")
    safetyStock = quantity(request.safetyStock, "safety_stock")
    backorderLimit = quantity(request.backorderLimit, "backorder_limit")
    changesBackorderTime = mask.contains("backorder_time")
    if changesBackorderTime { backorderTime = request.backorderTime.flatMap { check.instant($0, "backorder_time") } }
    if let backorderLimit, changesBackorderTime {
      Self.verify(backorderLimit, hasTime: request.backorderTime != nil, &check)
    }
  }

  private static func verify(_ backorderLimit: Int64, hasTime: Bool, _ check: inout RequestCheck) {
    if backorderLimit == 0 {
      check.require(!hasTime, "backorder_time", "Must not be set without a backorder_limit.")
    } else {
      check.require(hasTime, "backorder_time", "Must be set with a backorder_limit.")
    }
  }

  /// The limits after the change. The time goes with the backorders, unless the request has another one.
  private func changed(_ limits: StockLimits) throws -> StockLimits {
    let limit = backorderLimit ?? limits.backorderLimit
    let kept = limit == 0 ? nil : limits.backorderTime
    let time = changesBackorderTime ? backorderTime : kept
    var check = RequestCheck()
    Self.verify(limit, hasTime: time != nil, &check)
    try check.verify()
    return StockLimits(
      safetyStock: safetyStock ?? limits.safetyStock, backorderLimit: limit, backorderTime: time)
  }

  /// - Throws: ``InventoryError``; ``StaleETag`` when the rules have changed since the caller looked; INVALID_ARGUMENT
  ///   when backorders would have no time, or a time no backorders.
  func carryOut(in work: Work, alerts: LowStockAlerts) async throws -> SetStockRulesResponse {
    var ledger = try await StockLedger.lock([variant], of: sellers, in: work)
    let limits = try ledger.stock(of: variant).limits
    work.send(make)
    guard let before = try await work.first(SetStockRulesResponse.self, current)?.rules,
      let etag = ETag(before.etag.string)
    else { throw InventoryError.noSuchVariant(variant.description) }
    try expected.verify(etag.version, of: Self.type, variant)
    try ledger.set(try changed(limits), of: variant)
    try ledger.send(in: work)
    work.sendRequirement(update, rows: 1, "the rules are written")
    guard let response = try await work.first(SetStockRulesResponse.self, current) else {
      throw InventoryError.noSuchVariant(variant.description)
    }
    try work.audit("inventory.stock_rules.set", on: Self.type, variant, before: before, after: response.rules)
    // A threshold alone changes no stock, so no event would say that the variant is low now.
    try await alerts.tell(of: [variant], in: work)
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
       SET low_stock_threshold = coalesce(\(threshold)::bigint, r.low_stock_threshold), version = r.version + 1,
           updated_at = clock_timestamp(),
           is_low = inventory.is_low(
                      inventory.available(s.on_hand, s.reserved, s.safety_stock),
                      coalesce(\(threshold)::bigint, r.low_stock_threshold))
      FROM inventory.stock s
     WHERE r.variant_id = \(variant) AND s.variant_id = r.variant_id
    RETURNING r.variant_id
    """
  }
}
