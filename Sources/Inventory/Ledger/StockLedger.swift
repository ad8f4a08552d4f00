internal import InventoryAPI
internal import Platform
internal import Postgres

/// Changes of the stock of several variants in a unit of work that has locked their rows.
///
/// Each change is made in memory. ``send(in:)`` then writes all of them in a constant number of statements, with their
/// entries in the ledger and their events. So however many there are, they take two round trips.
struct StockLedger {
  /// What all changes must affect, by the name of the requirement.
  private static let isWritten = "every change of stock is written"

  /// By variant: those that exist, and that the caller may change.
  private(set) var stocks: [ID: LockedStock]
  /// By seller.
  let warehouses: [ID: SellerWarehouses]
  private let now: Instant
  private var entries: [LedgerEntry] = []

  /// Locks the stock of variants, in the order of their ids, and reads it.
  /// - Parameter sellers: whose stock the caller may change; that of others is, for them, not there.
  nonisolated(nonsending) static func lock(
    _ variants: [ID], of sellers: SellerAccess, in work: Work
  ) async throws -> StockLedger {
    let variants = Set(variants).sorted()
    work.sendRowLocks(
      of: "inventory.stock", by: "variant_id", variants, where: sellers.covers("seller_id"), reading: "variant_id")
    // Statements of their own: they have snapshots from after the locks.
    let answer = work.send(SellerWarehouses.query(ofVariants: variants, sellers))
    let rows = try await work.rows(
      """
      SELECT \(LockedStock.columns)
        FROM inventory.stock s
       WHERE s.variant_id = ANY (\(variants)::uuid[]) AND \(sellers.covers("s.seller_id"))
      """)
    var stocks: [ID: LockedStock] = [:]
    for row in rows {
      let stock = try LockedStock(row)
      stocks[stock.variant] = stock
    }
    return StockLedger(stocks: stocks, warehouses: try SellerWarehouses.read(try await answer.rows()), now: work.now)
  }

  private init(stocks: [ID: LockedStock], warehouses: [ID: SellerWarehouses], now: Instant) {
    (self.stocks, self.warehouses, self.now) = (stocks, warehouses, now)
  }

  /// The stock of a variant.
  /// - Throws: ``InventoryError/noSuchVariant(_:)``.
  func stock(of variant: ID) throws(InventoryError) -> LockedStock {
    guard let stock = stocks[variant] else { throw .noSuchVariant(variant.description) }
    return stock
  }

  /// Adds to what is in a warehouse, or takes from what is not reserved there.
  /// - Parameter warehouse: nil for the default one.
  /// - Returns: the entry of the ledger.
  /// - Throws: ``InventoryError``, and has changed nothing.
  @discardableResult
  mutating func move(
    _ delta: Int64, of variant: ID, in warehouse: ID?, _ reason: StockReason, note: String = ""
  ) throws(InventoryError) -> LedgerEntry {
    let stock = try stock(of: variant)
    let warehouse = try place(warehouse, of: stock)
    var level = stock.level(in: warehouse)
    guard delta <= 0 || stock.onHand <= StockLevel.onHandMax - delta else {
      throw .tooMany(variant: variant.description, most: StockLevel.onHandMax)
    }
    // No sum here overflows: both are within a few times the largest quantity.
    guard delta > 0 || level.onHand + delta >= level.reserved else {
      throw .notEnough(variant: variant.description, available: max(level.free, 0))
    }
    level.onHand += delta
    return record(.made(at: now), level, of: stock, in: warehouse, reason, note)
  }

  /// Adds to what is reserved in a warehouse, or gives some of it back. The rows of the reservation are the caller's:
  /// it sends them before these changes.
  mutating func reserve(
    _ quantity: Int64, of variant: ID, in warehouse: ID, for reservation: ID, _ reason: StockReason
  ) throws(InventoryError) {
    let stock = try stock(of: variant)
    var level = stock.level(in: warehouse)
    level.reserved += quantity
    record(reservation, level, of: stock, in: warehouse, reason, "")
  }

  /// Takes from a warehouse what a reservation held there.
  mutating func sell(_ quantity: Int64, of variant: ID, in warehouse: ID) throws(InventoryError) {
    let stock = try stock(of: variant)
    var level = stock.level(in: warehouse)
    level.reserved -= quantity
    level.onHand -= quantity
    record(.made(at: now), level, of: stock, in: warehouse, .sold, "")
  }

  /// Sets what the seller has decided about selling a variant.
  /// - Throws: ``InventoryError/backordersPromised(_:)``.
  mutating func set(_ limits: StockLimits, of variant: ID) throws(InventoryError) {
    var stock = try stock(of: variant)
    guard limits != stock.limits else { return }
    let promised = -stock.level(in: stock.seller).free
    guard promised <= limits.backorderLimit else { throw .backordersPromised(promised) }
    stock.set(limits, at: now)
    note(stock, .rulesSet)
  }

  /// Tells watchers whether the product of a variant is on sale, if they were told otherwise last, and that it has left
  /// categories, if it has left any.
  /// - Parameter categories: all that it has left. Those that it is in now are not told of as left.
  mutating func tellSale(of variant: ID, leaving categories: [ID] = []) throws(InventoryError) {
    var stock = try stock(of: variant)
    let isNews = stock.isToldOnSale != stock.isOnSale
    guard isNews || !categories.isEmpty else { return }
    stock.tellSale(at: now)
    let reason: StockReason = isNews ? (stock.isOnSale ? .saleBegun : .saleEnded) : .categoryChanged
    note(stock, reason, leaving: categories.filter { !stock.subjects.contains($0) })
  }

  /// Notes a change of a variant by which nothing moves.
  private mutating func note(_ stock: LockedStock, _ reason: StockReason, leaving categories: [ID] = []) {
    stocks[stock.variant] = stock
    entries.append(
      LedgerEntry(
        id: nil, variant: stock.variant, seller: stock.seller, warehouse: nil, delta: 0, reservedDelta: 0,
        reason: reason, note: "", onHand: stock.onHand, version: stock.version, leftCategories: categories))
  }

  /// - Throws: ``InventoryError/noSuchWarehouse(_:)`` for a warehouse that is not one of the variant's seller.
  func verify(_ warehouse: ID, of stock: LockedStock) throws(InventoryError) { _ = try place(warehouse, of: stock) }

  /// The warehouse, which must be one of the variant's seller.
  private func place(_ warehouse: ID?, of stock: LockedStock) throws(InventoryError) -> ID {
    guard let warehouse, warehouse != stock.seller else { return stock.seller }
    guard warehouses[stock.seller]?.contains(warehouse) == true else {
      throw .noSuchWarehouse(warehouse.description)
    }
    return warehouse
  }

  @discardableResult
  private mutating func record(
    _ id: ID, _ level: StockLevel, of stock: LockedStock, in warehouse: ID, _ reason: StockReason, _ note: String
  ) -> LedgerEntry {
    let before = stock.level(in: warehouse)
    var stock = stock
    stock.set(level, in: warehouse, at: now)
    stocks[stock.variant] = stock
    let entry = LedgerEntry(
      id: id, variant: stock.variant, seller: stock.seller, warehouse: warehouse,
      delta: level.onHand - before.onHand, reservedDelta: level.reserved - before.reserved, reason: reason,
      note: note, onHand: stock.onHand, version: stock.version)
    entries.append(entry)
    return entry
  }
}

extension StockLedger {
  /// Sends all changes, without waiting for them: see `Work.send`. What is reserved is not among them; it follows from
  /// the reservations, which are sent before.
  func send(in work: Work) throws {
    guard !entries.isEmpty else { return }
    let changed = Set(entries.map(\.variant)).sorted().compactMap { stocks[$0] }
    work.sendRequirement(update(changed), rows: changed.count, Self.isWritten)
    let movements = entries.filter { $0.delta != 0 }
    sendOthers(of: movements, in: work)
    if !movements.isEmpty {
      let insert = LedgerEntry.insert(movements, for: work.requestID)
      work.sendRequirement(insert, rows: movements.count, Self.isWritten)
    }
    for entry in entries {
      guard let stock = stocks[entry.variant] else { continue }
      work.publish(try entry.event(stock, in: work.arena))
    }
  }

  /// What is in the default warehouses, and what concerns all.
  private func update(_ changed: [LockedStock]) -> Query {
    var deltas: [ID: Int64] = [:]
    for entry in entries where entry.warehouse == entry.seller { deltas[entry.variant, default: 0] += entry.delta }
    return """
      UPDATE inventory.stock s
         SET on_hand = s.on_hand + n.delta, version = n.version, updated_at = \(now), safety_stock = n.safety_stock,
             backorder_limit = n.backorder_limit, backorder_at = n.backorder_at, is_told_on_sale = n.is_told_on_sale
        FROM unnest(\(changed.map(\.variant))::uuid[], \(changed.map { deltas[$0.variant] ?? 0 })::bigint[],
                    \(changed.map(\.version))::bigint[], \(changed.map(\.limits.safetyStock))::bigint[],
                    \(changed.map(\.limits.backorderLimit))::bigint[],
                    \(changed.map(\.limits.backorderTime))::timestamptz[],
                    \(changed.map(\.isToldOnSale))::boolean[])
               n (variant_id, delta, version, safety_stock, backorder_limit, backorder_at, is_told_on_sale)
       WHERE s.variant_id = n.variant_id
      RETURNING s.variant_id
      """
  }

  /// What is in other warehouses: a row while there is any.
  private func sendOthers(of movements: [LedgerEntry], in work: Work) {
    var rows: [OtherStock] = []
    var seen = Set<[ID]>()
    for entry in movements {
      guard let warehouse = entry.warehouse, warehouse != entry.seller, let stock = stocks[entry.variant],
        seen.insert([entry.variant, warehouse]).inserted
      else { continue }
      rows.append(
        OtherStock(
          variant: entry.variant, warehouse: warehouse, seller: entry.seller,
          onHand: stock.level(in: warehouse).onHand))
    }
    let (kept, gone) = (rows.filter { $0.onHand > 0 }, rows.filter { $0.onHand <= 0 })
    if !kept.isEmpty { work.sendRequirement(OtherStock.write(kept), rows: kept.count, Self.isWritten) }
    if !gone.isEmpty { work.send(OtherStock.delete(gone)) }
  }
}

/// What is in a warehouse that is not the default one.
private struct OtherStock {
  let variant: ID
  let warehouse: ID
  let seller: ID
  let onHand: Int64

  static func write(_ rows: [OtherStock]) -> Query {
    """
    INSERT INTO inventory.warehouse_stock AS w (variant_id, warehouse_id, seller_id, on_hand)
    SELECT n.variant_id, n.warehouse_id, n.seller_id, n.on_hand
      FROM unnest(\(rows.map(\.variant))::uuid[], \(rows.map(\.warehouse))::uuid[], \(rows.map(\.seller))::uuid[],
                  \(rows.map(\.onHand))::bigint[]) n (variant_id, warehouse_id, seller_id, on_hand)
        ON CONFLICT ON CONSTRAINT warehouse_stock_pkey DO UPDATE SET on_hand = excluded.on_hand
    RETURNING w.variant_id
    """
  }

  /// A row that was made and emptied in the same work is not there.
  static func delete(_ rows: [OtherStock]) -> Query {
    """
    DELETE FROM inventory.warehouse_stock w
     USING unnest(\(rows.map(\.variant))::uuid[], \(rows.map(\.warehouse))::uuid[]) n (variant_id, warehouse_id)
     WHERE w.variant_id = n.variant_id AND w.warehouse_id = n.warehouse_id
    """
  }
}
