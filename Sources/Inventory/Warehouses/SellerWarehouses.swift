internal import Platform
internal import Postgres

/// What decides when it is the turn of a warehouse.
struct WarehouseTurn: Equatable {
  /// Its turn when orders are allocated by priority.
  let priority: Int64
  /// Where it is; nil where that is not known.
  var point: GeoPoint?
  /// The two letters of its country; empty where that is not known.
  var country = ""
}

/// The warehouses of a seller, and in which order they serve orders.
struct SellerWarehouses {
  private(set) var turns: [ID: WarehouseTurn]
  let order: AllocationSequence

  init(_ turns: [ID: WarehouseTurn], order: AllocationSequence) { (self.turns, self.order) = (turns, order) }

  /// Whether it is one of them.
  func contains(_ warehouse: ID) -> Bool { turns[warehouse] != nil }

  /// The distance from a warehouse to a destination, in metres; nil where it is not known.
  func meters(from warehouse: ID, to destination: StockDestination?) -> Int64? {
    guard let here = turns[warehouse]?.point, let there = destination?.point else { return nil }
    return here.meters(to: there)
  }

  /// How far a warehouse is from a destination: those whose distance is known come first, then those of the same
  /// country.
  func remoteness(of warehouse: ID, from destination: StockDestination?) -> (Int64, Int64) {
    if let meters = meters(from: warehouse, to: destination) { return (0, meters) }
    let country = destination?.country ?? ""
    return (!country.isEmpty && turns[warehouse]?.country == country ? 1 : 2, 0)
  }

  /// The warehouses of the sellers of variants.
  static func query(ofVariants variants: [ID], _ sellers: SellerAccess) -> Query {
    """
    SELECT w.id, w.seller_id, w.priority::bigint AS priority,
           w.latitude_microdegrees::bigint AS latitude_microdegrees,
           w.longitude_microdegrees::bigint AS longitude_microdegrees, w.country,
           \(WarehouseColumns.order) AS allocation_order
      FROM inventory.warehouse w
      LEFT JOIN inventory.allocation_rule a ON a.seller_id = w.seller_id
     WHERE w.seller_id IN (SELECT s.seller_id FROM inventory.stock s
                            WHERE s.variant_id = ANY (\(variants)::uuid[]) AND \(sellers.covers("s.seller_id")))
    """
  }

  /// By seller.
  static func read(_ rows: Rows) throws(PostgresError) -> [ID: SellerWarehouses] {
    var all: [ID: SellerWarehouses] = [:]
    for row in rows {
      let seller = try row.id("seller_id")
      guard let order = AllocationSequence(rawValue: try row.string("allocation_order")) else {
        throw .mapping("an order of warehouses")
      }
      let id = try row.id("id")
      let turn = WarehouseTurn(
        priority: try row.int64("priority"), point: try point(row), country: try row.string("country"))
      all[seller, default: SellerWarehouses([:], order: order)].turns[id] = turn
    }
    return all
  }

  private static func point(_ row: Row) throws(PostgresError) -> GeoPoint? {
    guard let latitude = try row.optionalInt64("latitude_microdegrees"),
      let longitude = try row.optionalInt64("longitude_microdegrees")
    else { return nil }
    return GeoPoint(
      latitudeMicrodegrees: Int32(clamping: latitude), longitudeMicrodegrees: Int32(clamping: longitude))
  }
}
