internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// One change of one variant's stock, with its entries in the ledger and the audit log, its event and its stored
/// response. In the default warehouse, one statement writes all of it or nothing.
struct StockAdjustment {
  private static let action = "inventory.stock.adjust"

  let requestID: ID
  let variant: ID
  /// Nil for the default one.
  let warehouse: ID?
  private let key: IdempotencyKey
  private let delta: Int64
  private let requestedReason: StockReason
  private let reason: String
  private let note: String
  /// Whose stock the caller may change; that of others is, for them, not there.
  private let sellers: SellerAccess
  private let expected: ExpectedState
  private let audited: AuditedAction

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: AdjustStockRequest, from origin: CallOrigin) throws {
    sellers = origin.caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    delta = check.delta(request.delta, "delta")
    requestedReason = check.reason(request.reason, "reason")
    reason = requestedReason.ledgerName ?? ""
    requestID = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    note = check.stockNote(request.note, "note")
    warehouse = check.optionalID(request.warehouseID, "warehouse_id")
    try check.verify()
    key = try IdempotencyKey(id: requestID, request: request, from: origin)
    audited = AuditedAction(
      Self.action, on: Stock.descriptor.fullName, variant, by: .call(origin), requestID: requestID)
  }

  /// - Throws: why nothing was done: ``InventoryError``, or ``StaleETag`` when the stock has changed since the caller
  ///   looked.
  func carryOut(_ call: Call) async throws -> AdjustStockResponse {
    guard
      let response: AdjustStockResponse = try await call.work(
        once: key, contending: [.stock(variant)], inOneStatement: statement)
    else { throw try await refusal(call) }
    return response
  }

  /// The same for a warehouse that the request names.
  func carryOut(in work: Work) async throws -> AdjustStockResponse {
    var ledger = try await StockLedger.lock([variant], of: sellers, in: work)
    let before = try ledger.stock(of: variant)
    try expected.verify(before.version, of: Stock.descriptor.fullName, variant)
    let entry = try ledger.move(delta, of: variant, in: warehouse, requestedReason, note: note)
    try ledger.send(in: work)
    let response = AdjustStockResponse(in: work.arena)
    response.stock = try ledger.stock(of: variant).message(in: work.arena)
    response.movementID = work.arena.text(entry.id?.description ?? "")
    try AuditedStock.audit(Self.action, entry, reserved: before.reserved, in: work)
    return response
  }

  /// The event is numbered last: nothing may fail once it has its number, and the number is taken under the lock on the
  /// stock.
  var statement: Query {
    """
    WITH s AS (
      UPDATE inventory.stock
         SET on_hand = on_hand + \(delta), version = version + 1, updated_at = clock_timestamp()
       WHERE variant_id = \(variant) AND \(sellers.covers("seller_id"))
         AND (\(delta)::bigint > 0 OR on_hand - elsewhere_on_hand + \(delta) >= reserved - elsewhere_reserved)
         AND (\(delta)::bigint < 0 OR on_hand <= \(StockLevel.onHandMax) - \(delta)::bigint)
         AND \(expected.holds("version"))
         AND \(key.isNew)
      RETURNING *
    ), entry AS (
      INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, note, request_id, on_hand, version)
      SELECT s.variant_id, s.seller_id, \(delta), \(reason), \(note), \(key.column), s.on_hand, s.version
        FROM s
      RETURNING id
    ), remembered AS (
      INSERT INTO platform.request (caller, id, method, fingerprint, response)
      SELECT \(key.row(response: "jsonb_build_object('stock', \(StockColumns.json), 'movementId', entry.id)"))
        FROM s, entry
      RETURNING id
    ), audited AS (
      INSERT INTO audit.entry (\(AuditedAction.columns))
      SELECT \(audited.row(before: before, after: after))
        FROM s, entry, remembered
      RETURNING id
    ), logged AS (
      INSERT INTO platform.event (topic, key, type, subjects, payload)
      SELECT 'inventory.stock', s.variant_id, 'adjusted',
             ARRAY[s.variant_id, s.product_id, s.seller_id] || catalog.subjects_of_product(s.product_id),
             jsonb_build_object('change', jsonb_build_object(
               'movementId', entry.id, 'stock', \(StockColumns.json), 'delta', \(delta)::bigint,
               'reason', 'STOCK_REASON_' || upper(\(reason)), 'warehouseId', s.seller_id))
        FROM s, entry, audited
      RETURNING seq
    )
    SELECT \(StockColumns.nested), entry.id AS movement_id
      FROM s, entry, logged
    """
  }

  private var before: Query {
    "jsonb_build_object('onHand', s.on_hand - \(delta), 'reserved', s.reserved, 'version', s.version - 1)"
  }

  private var after: Query {
    """
    jsonb_build_object('onHand', s.on_hand, 'reserved', s.reserved, 'version', s.version, 'delta', \(delta)::bigint,
                              'reason', \(reason)::text, 'note', \(note)::text, 'warehouseId', s.seller_id)
    """
  }

  /// Why nothing was done.
  /// - Throws: ``StaleETag`` when the stock has changed since the caller looked.
  private func refusal(_ call: Call) async throws -> InventoryError {
    let rows = try await call.database.rows(
      """
      SELECT greatest(on_hand - elsewhere_on_hand - reserved + elsewhere_reserved, 0) AS available, version
        FROM inventory.stock
       WHERE variant_id = \(variant) AND \(sellers.covers("seller_id"))
      """)
    guard let row = rows.first else { return .noSuchVariant(variant.description) }
    try expected.verify(try row.int64("version"), of: Stock.descriptor.fullName, variant)
    return delta > 0
      ? .tooMany(variant: variant.description, most: StockLevel.onHandMax)
      : .notEnough(variant: variant.description, available: try row.int64("available"))
  }
}
