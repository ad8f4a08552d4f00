internal import InventoryAPI
package import Platform
internal import Postgres

/// What an order wants of a variant.
package struct WantedStock: Sendable {
  /// The variant.
  package let variant: ID
  /// How many. Less than 1 is nothing.
  package let quantity: Int64

  /// So many of a variant.
  package init(_ variant: ID, _ quantity: Int64) { (self.variant, self.quantity) = (variant, quantity) }
}

extension InventoryModule {
  private static let isReserved = "every line is reserved"
  private static let isEnded = "every reservation ends once"

  /// Reserves what an order wants: all of it, or nothing. Lines of the same variant are added up before they are
  /// compared with the stock. What reservations hold whose time is over can be reserved at once.
  ///
  /// It locks the stock of all variants at once, in the order of their ids. So a work calls it once, with all lines,
  /// and after ``commit(_:in:)`` and ``release(_:in:)``, which lock reservations first; otherwise two works may wait
  /// for each other until one of them is started again.
  /// - Parameters:
  ///   - reservation: the id by which it is committed or released; a new one.
  ///   - until: when it ends if it is neither committed nor released by then.
  ///   - destination: where the order goes, for sellers whose nearest warehouse serves it; nil where it is not known.
  /// - Throws: an error that names every variant of which there are too few, or that does not exist.
  package static func reserve(
    _ lines: [WantedStock], as reservation: ID, until: Instant, to destination: StockDestination? = nil,
    in work: Work
  ) async throws {
    let wanted = sums(lines)
    let variants = wanted.keys.sorted()
    // Before the locks on the stock, without waiting for an answer: usually there are none.
    let due = work.send(
      ReservedRow.lockExpired(of: variants, at: work.now, atMost: ReservationUpkeep.rowsMax))
    var ledger = try await StockLedger.lock(variants, of: .every, in: work)
    try end(ReservedRow.read(try await due.rows()), by: .expire, in: &ledger, work)
    let absent = variants.filter { ledger.stocks[$0] == nil }
    guard absent.isEmpty else { throw InventoryError.noSuchVariants(absent.map(\.description)) }
    var parts: [ReservedStock] = []
    var short: [StockShortage] = []
    for (variant, quantity) in wanted.sorted(by: { $0.key < $1.key }) {
      let stock = try ledger.stock(of: variant)
      let warehouses = ledger.warehouses[stock.seller]
      guard let given = StockAllocation.allocate(quantity, of: stock, by: warehouses, to: destination) else {
        short.append(StockShortage(variant: variant, wanted: quantity, available: stock.sellable))
        continue
      }
      let order = warehouses?.order ?? .priority
      parts += given.map { ReservedStock(stock: stock, given: $0, order: order) }
    }
    guard short.isEmpty else { throw InventoryError.tooFew(short) }
    guard !parts.isEmpty else { return }
    work.sendRequirement(
      insert(parts, as: reservation, until: until, at: work.now), rows: parts.count, isReserved)
    for part in parts {
      try ledger.reserve(
        part.given.quantity, of: part.stock.variant, in: part.given.warehouse, for: reservation, .reserved)
    }
    try ledger.send(in: work)
    work.enqueue(try ReservationExpiry.job(at: until))
  }

  /// Sells what reservations hold: it leaves the warehouses. What was committed before stays so.
  /// - Throws: NOT_FOUND for a reservation that does not exist; ``IllegalMove`` for one that was released or has
  ///   expired.
  package static func commit(_ reservations: [ID], in work: Work) async throws {
    let rows = try ReservedRow.read(try await work.rows(ReservedRow.lock(reservations), access: .write))
    var unsold: [ReservedRow] = []
    for reservation in Set(reservations).sorted() {
      let all = rows.filter { $0.reservation == reservation }
      guard !all.isEmpty else { throw InventoryError.noSuchReservation(reservation.description) }
      // Of a reservation that was released in part, the rest is sold.
      let rest = all.filter { $0.state != .released }
      unsold += (rest.isEmpty ? all : rest).filter { $0.state != .committed }
    }
    try await end(unsold, by: .commit, in: work)
  }

  /// Gives back what reservations hold. What has ended before stays as it is, also when it was sold.
  /// - Returns: whether any of it was still held.
  @discardableResult
  package static func release(_ reservations: [ID], in work: Work) async throws -> Bool {
    let rows = try ReservedRow.read(try await work.rows(ReservedRow.lock(reservations), access: .write))
    let open = rows.filter { $0.state == .open }
    try await end(open, by: .release, in: work)
    return !open.isEmpty
  }

  /// Ends rows that are locked.
  static func end(_ rows: [ReservedRow], by move: ReservationState.Move, in work: Work) async throws {
    guard !rows.isEmpty else { return }
    var ledger = try await StockLedger.lock(rows.map(\.variant), of: .every, in: work)
    try end(rows, by: move, in: &ledger, work)
    try ledger.send(in: work)
  }

  /// Ends rows that are locked, whose stock is locked, too. The caller sends the changes of the ledger.
  static func end(
    _ rows: [ReservedRow], by move: ReservationState.Move, in ledger: inout StockLedger, _ work: Work
  ) throws {
    let transitions = try rows.map { try ReservationState.machine.transition(move, from: $0.state, with: []) }
    guard let transition = transitions.first else { return }
    work.sendRequirement(
      ReservedRow.end(rows, as: transition.state, at: work.now), rows: rows.count, isEnded)
    for row in rows {
      for effect in transition.actions {
        switch effect {
        case .sell: try ledger.sell(row.quantity, of: row.variant, in: row.warehouse)
        case .giveBack:
          try ledger.reserve(-row.quantity, of: row.variant, in: row.warehouse, for: row.reservation, .released)
        }
      }
    }
  }

  /// The quantity of each variant. A sum beyond all numbers is more than there is of anything.
  private static func sums(_ lines: [WantedStock]) -> [ID: Int64] {
    var sums: [ID: Int64] = [:]
    for line in lines where line.quantity > 0 {
      let (sum, isTooLarge) = sums[line.variant, default: 0].addingReportingOverflow(line.quantity)
      sums[line.variant] = isTooLarge ? .max : sum
    }
    return sums
  }

  private static func insert(
    _ parts: [ReservedStock], as reservation: ID, until: Instant, at now: Instant
  ) -> Query {
    """
    INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, backordered,
                                       allocation, allocation_order, distance_meters, created_at, expires_at)
    SELECT \(reservation), n.variant_id, n.warehouse_id, n.seller_id, n.quantity, n.backordered, n.allocation,
           n.allocation_order, n.distance_meters, \(now), \(until)
      FROM unnest(\(parts.map(\.stock.variant))::uuid[], \(parts.map(\.given.warehouse))::uuid[],
                  \(parts.map(\.stock.seller))::uuid[], \(parts.map(\.given.quantity))::bigint[],
                  \(parts.map(\.given.backordered))::bigint[], \(parts.map(\.given.reason.rawValue))::text[],
                  \(parts.map(\.order.rawValue))::text[], \(parts.map(\.given.meters))::bigint[])
             n (variant_id, warehouse_id, seller_id, quantity, backordered, allocation, allocation_order,
                distance_meters)
    RETURNING variant_id
    """
  }
}

/// What an order gets of a variant from one warehouse, and by which order of the warehouses.
private struct ReservedStock {
  let stock: LockedStock
  let given: AllocatedStock
  let order: AllocationSequence
}
