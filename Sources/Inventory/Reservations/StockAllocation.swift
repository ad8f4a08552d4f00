internal import Platform

/// What one warehouse gives of a variant that an order wants.
struct AllocatedStock: Equatable {
  /// Why it is this warehouse.
  enum Reason: String {
    /// It is the first one that has all of it.
    case whole
    /// None has all of it, and it was the turn of this one.
    case part
    /// None has it: it will be there later.
    case backorder
  }

  let warehouse: ID
  fileprivate(set) var quantity: Int64
  /// How much of the quantity is not there yet.
  fileprivate(set) var backordered: Int64
  let reason: Reason
  /// The distance to the destination in metres, where it decided and is known.
  var meters: Int64?
}

/// Chooses warehouses for what an order wants of a variant. The same stock, rule and destination always give the same.
///
/// The first warehouse in the seller's order that has all of it gives it, so an order is not split without need. When
/// none has, each gives what it has, in that order. What is still missing is a backorder of the default warehouse.
///
/// The warehouses together keep the safety stock: an order gets the rest of what is free in them, and a backorder never
/// takes from it. So what is free in the default warehouse goes below 0 by no more than the seller allows.
enum StockAllocation {
  /// - Returns: what each warehouse gives; nil when fewer can be sold.
  static func allocate(
    _ quantity: Int64, of stock: LockedStock, by warehouses: SellerWarehouses?, to destination: StockDestination? = nil
  ) -> [AllocatedStock]? {
    guard var parts = choose(quantity, of: stock, by: warehouses, to: destination) else { return nil }
    if let warehouses, warehouses.order == .nearest {
      for index in parts.indices {
        parts[index].meters = warehouses.meters(from: parts[index].warehouse, to: destination)
      }
    }
    return parts
  }

  private static func choose(
    _ quantity: Int64, of stock: LockedStock, by warehouses: SellerWarehouses?, to destination: StockDestination?
  ) -> [AllocatedStock]? {
    guard quantity > 0, quantity <= stock.sellable else { return nil }
    let candidates = candidates(stock, by: warehouses, to: destination)
    let isThere = quantity <= stock.unheld
    if isThere, let first = candidates.first(where: { stock.level(in: $0).free >= quantity }) {
      return [AllocatedStock(warehouse: first, quantity: quantity, backordered: 0, reason: .whole)]
    }
    var missing = isThere ? quantity : stock.unheld
    let backordered = quantity - missing
    var parts: [AllocatedStock] = []
    for warehouse in candidates where missing > 0 {
      let taken = min(missing, stock.level(in: warehouse).free)
      parts.append(AllocatedStock(warehouse: warehouse, quantity: taken, backordered: 0, reason: .part))
      missing -= taken
    }
    guard backordered > 0 else { return parts }
    if let own = parts.firstIndex(where: { $0.warehouse == stock.seller }) {
      parts[own].quantity += backordered
      parts[own].backordered = backordered
    } else {
      parts.append(
        AllocatedStock(
          warehouse: stock.seller, quantity: backordered, backordered: backordered, reason: .backorder))
    }
    return parts
  }

  /// The warehouses that have some, in the seller's order.
  private static func candidates(
    _ stock: LockedStock, by warehouses: SellerWarehouses?, to destination: StockDestination?
  ) -> [ID] {
    func rank(_ warehouse: ID) -> (Int64, Int64, Int64, ID) {
      let order: (Int64, Int64) =
        switch warehouses?.order ?? .priority {
        case .priority: (0, 0)
        case .stock: (-stock.level(in: warehouse).free, 0)
        case .nearest: warehouses?.remoteness(of: warehouse, from: destination) ?? (0, 0)
        }
      return (order.0, order.1, warehouses?.turns[warehouse]?.priority ?? .max, warehouse)
    }
    let ranks = stock.levels.filter { $0.value.free > 0 }.keys.map(rank)
    return ranks.sorted { $0 < $1 }.map(\.3)
  }
}
