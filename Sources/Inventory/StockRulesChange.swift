internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// New rules for one variant's stock, with their entry in the audit log.
struct StockRulesChange {
  private static let thresholdMax: Int64 = 1_000_000
  private static let type = StockRules.descriptor.fullName

  let requestID: ID
  let variant: ID
  private let threshold: Int64
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetStockRulesRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    threshold = request.lowStockThreshold
    check.require((0...Self.thresholdMax).contains(threshold), "low_stock_threshold", "Must be from 0 to 1000000.")
    requestID = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    try check.verify()
  }

  /// - Throws: ``InventoryError/noSuchVariant(_:)``; ``StaleETag`` when the rules have changed since the caller looked.
  func carryOut(in work: Work) async throws -> SetStockRulesResponse {
    let current = try await work.first(SetStockRulesResponse.self, lock)
    guard let before = current?.rules, let etag = ETag(before.etag.string) else {
      throw InventoryError.noSuchVariant(variant.description)
    }
    try expected.verify(etag.version, of: Self.type, variant)
    guard let response = try await work.first(SetStockRulesResponse.self, update) else {
      throw InventoryError.noSuchVariant(variant.description)
    }
    try work.audit("inventory.stock_rules.set", on: Self.type, variant, before: before, after: response.rules)
    return response
  }

  /// Locks the variant's stock, then its rules, which it makes if there are none.
  var lock: Query {
    """
    INSERT INTO inventory.stock_rules AS r (variant_id, seller_id)
    SELECT s.variant_id, s.seller_id
      FROM inventory.stock s
     WHERE s.variant_id = \(variant) AND \(sellers.covers("s.seller_id"))
       FOR NO KEY UPDATE
        ON CONFLICT ON CONSTRAINT stock_rules_pkey DO UPDATE SET seller_id = excluded.seller_id
    RETURNING \(StockColumns.rules)
    """
  }

  var update: Query {
    """
    UPDATE inventory.stock_rules r
       SET low_stock_threshold = \(threshold), is_low = inventory.is_low(s.on_hand - s.reserved, \(threshold)),
           version = r.version + 1, updated_at = clock_timestamp()
      FROM inventory.stock s
     WHERE r.variant_id = \(variant) AND s.variant_id = r.variant_id
    RETURNING \(StockColumns.rules)
    """
  }
}
