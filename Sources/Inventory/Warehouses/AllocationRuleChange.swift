internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A new rule by which a seller's warehouses are chosen for orders.
struct AllocationRuleChange {
  private static let type = "fastshop.inventory.v1.AllocationRule"

  let requestID: ID
  private let seller: ID
  private let order: AllocationSequence
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetAllocationRuleRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    seller = check.id(request.sellerID, "seller_id")
    let order = AllocationSequence(request.order)
    check.require(order != nil, "order", "Must be a known AllocationOrder, such as ALLOCATION_ORDER_STOCK.")
    self.order = order ?? .priority
    requestID = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    try check.verify()
  }

  /// - Throws: ``InventoryError/noSuchSeller(_:)``; ``StaleETag`` when the rule has changed since the caller looked.
  func carryOut(in work: Work) async throws -> SetAllocationRuleResponse {
    try await sellers.verify(seller, in: work)
    work.send("INSERT INTO inventory.allocation_rule (seller_id) VALUES (\(seller)) ON CONFLICT DO NOTHING")
    guard let before = try await work.first(SetAllocationRuleResponse.self, lock)?.rule,
      let etag = ETag(before.etag.string)
    else { throw InventoryError.noSuchSeller(seller.description) }
    try expected.verify(etag.version, of: Self.type, seller)
    guard let response = try await work.first(SetAllocationRuleResponse.self, update(at: work.now)) else {
      throw InventoryError.noSuchSeller(seller.description)
    }
    try work.audit("inventory.allocation_rule.set", on: Self.type, seller, before: before, after: response.rule)
    return response
  }

  private var lock: Query {
    "SELECT \(WarehouseColumns.rule) FROM inventory.allocation_rule a WHERE a.seller_id = \(seller) FOR UPDATE"
  }

  private func update(at now: Instant) -> Query {
    """
    UPDATE inventory.allocation_rule a
       SET allocation_order = \(order == .nearest ? AllocationSequence.priority.rawValue : order.rawValue),
           by_distance = \(order == .nearest), version = a.version + 1, updated_at = \(now)
     WHERE a.seller_id = \(seller)
    RETURNING \(WarehouseColumns.rule)
    """
  }
}
