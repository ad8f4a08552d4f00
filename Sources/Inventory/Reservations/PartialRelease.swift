internal import InventoryAPI
package import Platform
internal import Postgres

extension InventoryModule {
  /// Gives back a part of what a reservation holds of a variant: first what was promised for later, so that what is
  /// there stays reserved. What is sold or has ended stays as it is.
  /// - Parameter quantity: how many. Less than 1 is nothing.
  /// - Returns: how many were given back: fewer where fewer were still held.
  @discardableResult
  package static func release(
    _ quantity: Int64, of variant: ID, from reservation: ID, in work: Work
  ) async throws -> Int64 {
    let rows = try ReservedRow.read(try await work.rows(ReservedRow.lock([reservation]), access: .write))
    let held = rows.filter { $0.state == .open && $0.variant == variant }.sorted { $0.backordered > $1.backordered }
    var missing = max(quantity, 0)
    var (whole, parts): ([ReservedRow], [ReservedPart]) = ([], [])
    for row in held where missing > 0 {
      if row.quantity <= missing {
        whole.append(row)
      } else {
        parts.append(ReservedPart(row: row, quantity: missing))
      }
      missing -= min(row.quantity, missing)
    }
    guard !whole.isEmpty || !parts.isEmpty else { return 0 }
    var ledger = try await StockLedger.lock([variant], of: .every, in: work)
    try end(whole, by: .release, in: &ledger, work)
    for part in parts {
      work.sendRequirement(part.release, rows: 1, "a part of a reservation is released")
      try ledger.reserve(
        -part.quantity, of: variant, in: part.row.warehouse, for: reservation, .released)
    }
    try ledger.send(in: work)
    return max(quantity, 0) - missing
  }
}

/// A part of a row of a reservation, less than all of it.
private struct ReservedPart {
  let row: ReservedRow
  let quantity: Int64

  var release: Query {
    """
    UPDATE inventory.reservation r
       SET quantity = r.quantity - \(quantity), backordered = greatest(r.backordered - \(quantity), 0)
     WHERE r.reservation_id = \(row.reservation) AND r.variant_id = \(row.variant)
       AND r.warehouse_id = \(row.warehouse) AND r.state = 'open' AND r.quantity > \(quantity)
    RETURNING r.variant_id
    """
  }
}
