internal import Platform

/// What is in one warehouse of one variant.
struct StockLevel: Equatable {
  /// The quantity in the warehouse. Below `reserved` only in a default warehouse, while units are backordered.
  var onHand: Int64
  /// How many of those are promised to orders.
  var reserved: Int64

  /// The largest quantity of a variant in all warehouses together. The database refuses twice as much, because it sees
  /// what a work adds to one warehouse before what it takes from another one.
  static let onHandMax: Int64 = 1_000_000_000_000

  /// Nothing.
  static let none = StockLevel(onHand: 0, reserved: 0)

  /// What is not promised to anybody; below 0 while units are backordered.
  var free: Int64 { onHand - reserved }
}

/// What the seller has decided about selling a variant.
struct StockLimits: Equatable {
  /// How many are held back.
  let safetyStock: Int64
  /// How many may be promised beyond what is in the default warehouse.
  let backorderLimit: Int64
  /// When those are promised; nil for no backorders.
  let backorderTime: Instant?
}
