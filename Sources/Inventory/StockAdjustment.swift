internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// One change of one variant's stock, with its entries in the ledger and the audit log, its event and its stored
/// response. One statement writes all of it or nothing.
struct StockAdjustment {
  private static let deltaMax: Int64 = 1_000_000_000
  private static let noteCharactersMax = 500
  private static let action = "inventory.stock.adjust"

  private let key: IdempotencyKey
  private let variant: ID
  private let delta: Int64
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
    delta = request.delta
    reason = request.reason.ledgerName ?? ""
    let id = check.id(request.requestID, "request_id")
    expected = check.etag(request.etag, "etag")
    let isInRange = (-Self.deltaMax...Self.deltaMax).contains(delta) && delta != 0
    check.require(isInRange, "delta", "Must be from -1000000000 to 1000000000, but not 0.")
    check.require(!reason.isEmpty, "reason", "Must be a known StockReason, such as STOCK_REASON_RECEIVED.")
    note = check.note(request.note, "note", upTo: Self.noteCharactersMax)
    try check.verify()
    key = try IdempotencyKey(id: id, request: request, from: origin)
    audited = AuditedAction(Self.action, on: Stock.descriptor.fullName, variant, by: .call(origin), requestID: id)
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

  /// The event is numbered last: nothing may fail once it has its number, and the number is taken under the lock on the
  /// stock.
  var statement: Query {
    """
    WITH s AS (
      UPDATE inventory.stock
         SET on_hand = on_hand + \(delta), version = version + 1, updated_at = clock_timestamp()
       WHERE variant_id = \(variant) AND \(sellers.covers("seller_id")) AND on_hand + \(delta) >= reserved
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
               'reason', 'STOCK_REASON_' || upper(\(reason))))
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
                              'reason', \(reason)::text, 'note', \(note)::text)
    """
  }

  /// Why nothing was done.
  /// - Throws: ``StaleETag`` when the stock has changed since the caller looked.
  private func refusal(_ call: Call) async throws -> InventoryError {
    let rows = try await call.database.rows(
      """
      SELECT on_hand - reserved AS available, version
        FROM inventory.stock
       WHERE variant_id = \(variant) AND \(sellers.covers("seller_id"))
      """)
    guard let row = rows.first else { return .noSuchVariant(variant.description) }
    try expected.verify(try row.int64("version"), of: Stock.descriptor.fullName, variant)
    return .notEnough(variant: variant.description, available: try row.int64("available"))
  }
}
