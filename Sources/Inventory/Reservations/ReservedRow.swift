internal import Platform
internal import Postgres

/// A row of inventory.reservation: what an order holds of one variant in one warehouse.
struct ReservedRow {
  let reservation: ID
  let variant: ID
  let warehouse: ID
  let quantity: Int64
  /// How much of the quantity was not there when it was reserved.
  let backordered: Int64
  let state: ReservationState

  private init(_ row: Row) throws(PostgresError) {
    reservation = try row.id("reservation_id")
    variant = try row.id("variant_id")
    warehouse = try row.id("warehouse_id")
    quantity = try row.int64("quantity")
    backordered = try row.int64("backordered")
    guard let state = ReservationState(rawValue: try row.string("state")) else {
      throw .mapping("the state of a reservation")
    }
    self.state = state
  }

  private static var columns: Query {
    "r.reservation_id, r.variant_id, r.warehouse_id, r.quantity, r.backordered, r.state"
  }

  static func read(_ rows: Rows) throws(PostgresError) -> [ReservedRow] {
    var all: [ReservedRow] = []
    for row in rows { all.append(try ReservedRow(row)) }
    return all
  }

  /// Locks the rows of reservations, in the order of their keys.
  static func lock(_ reservations: [ID]) -> Query {
    """
    SELECT \(columns)
      FROM inventory.reservation r
     WHERE r.reservation_id = ANY (\(reservations)::uuid[])
     ORDER BY r.reservation_id, r.variant_id, r.warehouse_id
       FOR NO KEY UPDATE
    """
  }

  /// Locks open rows whose time is over and that nobody else has locked.
  static func lockExpired(at now: Instant, atMost count: Int) -> Query {
    """
    SELECT \(columns)
      FROM inventory.reservation r
     WHERE r.state = 'open' AND r.expires_at <= \(now)
     ORDER BY r.expires_at
     LIMIT \(count)
       FOR NO KEY UPDATE SKIP LOCKED
    """
  }

  /// Locks open rows of variants whose time is over, in the order of their keys, as ``lock(_:)`` does. It waits for
  /// those that somebody else has locked, who ends them: otherwise they would seem to be reserved.
  static func lockExpired(of variants: [ID], at now: Instant, atMost count: Int) -> Query {
    """
    SELECT \(columns)
      FROM inventory.reservation r
     WHERE r.variant_id = ANY (\(variants)::uuid[]) AND r.state = 'open' AND r.expires_at <= \(now)
     ORDER BY r.reservation_id, r.variant_id, r.warehouse_id
     LIMIT \(count)
       FOR NO KEY UPDATE
    """
  }

  /// Ends rows that are open.
  static func end(_ rows: [ReservedRow], as state: ReservationState, at now: Instant) -> Query {
    """
    UPDATE inventory.reservation r
       SET state = \(state.rawValue), ended_at = \(now)
      FROM unnest(\(rows.map(\.reservation))::uuid[], \(rows.map(\.variant))::uuid[],
                  \(rows.map(\.warehouse))::uuid[]) n (reservation_id, variant_id, warehouse_id)
     WHERE r.reservation_id = n.reservation_id AND r.variant_id = n.variant_id AND r.warehouse_id = n.warehouse_id
       AND r.state = 'open'
    RETURNING r.variant_id
    """
  }
}
