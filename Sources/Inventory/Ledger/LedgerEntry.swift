internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A change of a variant's stock: of what is on hand, which the ledger records, or of what can be sold of it.
struct LedgerEntry {
  /// The UUID of the movement, or of the reservation where nothing moves; nil where neither does.
  let id: ID?
  let variant: ID
  let seller: ID
  /// Nil where nothing moved and nothing was reserved.
  let warehouse: ID?
  /// What was added to what is on hand.
  let delta: Int64
  /// What was added to what is reserved.
  let reservedDelta: Int64
  let reason: StockReason
  let note: String
  /// The variant's quantity on hand after it, in all warehouses together.
  let onHand: Int64
  /// The stock's version after it.
  let version: Int64
  /// The categories that the product has left, which watchers are told of by it.
  var leftCategories: [ID] = []

  /// The warehouse as the ledger writes it.
  private var otherWarehouse: ID? { warehouse == seller ? nil : warehouse }

  /// An INSERT of the entries that are movements.
  static func insert(_ entries: [LedgerEntry], for request: ID?) -> Query {
    """
    INSERT INTO inventory.movement
           (id, variant_id, seller_id, warehouse_id, delta, reason, note, request_id, on_hand, version)
    SELECT e.id, e.variant_id, e.seller_id, e.warehouse_id, e.delta, e.reason, e.note, \(request)::uuid, e.on_hand,
           e.version
      FROM unnest(\(entries.map(\.id))::uuid[], \(entries.map(\.variant))::uuid[], \(entries.map(\.seller))::uuid[],
                  \(entries.map(\.otherWarehouse))::uuid[], \(entries.map(\.delta))::bigint[],
                  \(entries.map(\.reason.ledgerName))::text[], \(entries.map(\.note))::text[],
                  \(entries.map(\.onHand))::bigint[], \(entries.map(\.version))::bigint[])
             e (id, variant_id, seller_id, warehouse_id, delta, reason, note, on_hand, version)
    RETURNING id
    """
  }

  /// The event that watchers hear. `stock` is the variant's at the end of the work. Everybody hears that a sale has
  /// ended.
  func event(_ stock: LockedStock, in arena: Arena) throws -> NewEvent {
    let response = WatchInventoryResponse(in: arena)
    let change = StockChange(in: arena)
    change.movementID = arena.text(id?.description ?? "")
    change.stock = stock.message(in: arena)
    (change.delta, change.reservedDelta) = (delta, reservedDelta)
    change.reason = reason
    change.isSaleEnded = reason == .saleEnded
    change.warehouseID = arena.text(warehouse?.description ?? "")
    for category in leftCategories { change.leftCategoryIDs.append(arena.text(category.description)) }
    response.event = .change(change)
    let subjects = stock.subjects.filter { reason != .saleEnded || $0 != StockVisibility.notOnSale }
    return try NewEvent(
      StockChanges.topicName, reason.eventType, of: variant,
      subjects: [stock.product, seller] + subjects + leftCategories, payload: response)
  }
}
