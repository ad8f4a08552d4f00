internal import Platform
internal import Postgres

/// The warehouses of a seller, and in which order they serve orders.
struct SellerWarehouses {
  /// The turn of each warehouse when orders are allocated by priority.
  private(set) var priorities: [ID: Int64]
  let order: AllocationSequence

  /// Whether it is one of them.
  func contains(_ warehouse: ID) -> Bool { priorities[warehouse] != nil }

  /// The warehouses of the sellers of variants.
  static func query(ofVariants variants: [ID], _ sellers: SellerAccess) -> Query {
    """
    SELECT w.id, w.seller_id, w.priority::bigint AS priority,
           coalesce(a.allocation_order, 'priority') AS allocation_order
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
      let (id, priority) = (try row.id("id"), try row.int64("priority"))
      all[seller, default: SellerWarehouses(priorities: [:], order: order)].priorities[id] = priority
    }
    return all
  }
}
