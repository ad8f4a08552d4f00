internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The stock of a variant whose row a unit of work has locked: as it was read, with the changes of the work.
struct LockedStock {
  let variant: ID
  let product: ID
  /// The seller; its id is that of the default warehouse, too.
  let seller: ID
  /// What its events concern beside the three above.
  let subjects: [ID]
  private(set) var limits: StockLimits
  private(set) var version: Int64
  private(set) var updatedAt: Instant
  /// By warehouse; without those that have nothing.
  private(set) var levels: [ID: StockLevel]
  /// Whether watchers were told last that the product is on sale.
  private(set) var isToldOnSale = true

  /// Whether the product is on sale.
  var isOnSale: Bool { !subjects.contains(StockVisibility.notOnSale) }
  /// The quantity in all warehouses.
  var onHand: Int64 { levels.values.reduce(0) { $0.addingClamped($1.onHand) } }
  /// The quantity in all warehouses that is promised to orders.
  var reserved: Int64 { levels.values.reduce(0) { $0.addingClamped($1.reserved) } }
  /// What can be sold from stock.
  var available: Int64 { max(unsold, 0) }
  /// What can be sold, with backorders.
  var sellable: Int64 { max(unsold.addingClamped(limits.backorderLimit), 0) }

  /// What is free in the warehouses beyond the safety stock: what an order can get from them. The default warehouse may
  /// owe units at the same time, which ``available`` leaves out.
  var unheld: Int64 {
    let free: Int64 = levels.values.reduce(0) { $0.addingClamped(max($1.free, 0)) }
    return max(free.addingClamped(-limits.safetyStock), 0)
  }

  /// What is neither promised nor held back; below 0 while units are backordered.
  private var unsold: Int64 { onHand.addingClamped(-reserved).addingClamped(-limits.safetyStock) }

  /// What is in a warehouse.
  func level(in warehouse: ID) -> StockLevel { levels[warehouse] ?? .none }

  /// What is added to what is in a warehouse by a count. Units that were sold before they came (`on_hand` below 0) stay
  /// owed: a count cannot say that they are delivered. So they are taken from what was counted.
  func difference(of counted: Int64, in warehouse: ID) -> Int64 { counted - max(level(in: warehouse).onHand, 0) }

  /// Changes what is in a warehouse.
  mutating func set(_ level: StockLevel, in warehouse: ID, at now: Instant) {
    levels[warehouse] = level == .none && warehouse != seller ? nil : level
    (version, updatedAt) = (version + 1, now)
  }

  /// Changes what the seller has decided.
  mutating func set(_ limits: StockLimits, at now: Instant) {
    self.limits = limits
    (version, updatedAt) = (version + 1, now)
  }

  /// Watchers are told whether the product is on sale.
  mutating func tellSale(at now: Instant) {
    isToldOnSale = isOnSale
    (version, updatedAt) = (version + 1, now)
  }

  /// The stock as a message.
  func message(in arena: Arena) -> Stock {
    let stock = Stock(in: arena)
    fill(stock)
    return stock
  }

  /// Fills a message that is new.
  func fill(_ stock: Stock) {
    let arena = stock.storage.arena
    stock.variantID = arena.text(variant.description)
    stock.productID = arena.text(product.description)
    stock.sellerID = arena.text(seller.description)
    (stock.onHand, stock.reserved, stock.available) = (onHand, reserved, available)
    stock.version = version
    stock.updateTime = updatedAt.timestamp(in: arena)
    stock.etag = arena.text(ETag(version: version).text)
    stock.safetyStock = limits.safetyStock
    stock.backorderable = sellable - available
    if let time = limits.backorderTime { stock.backorderTime = time.timestamp(in: arena) }
    let others = levels.keys.filter { $0 != seller }.sorted()
    for warehouse in [seller] + others {
      let part = stock.warehouses.appendNew()
      part.warehouseID = arena.text(warehouse.description)
      (part.onHand, part.reserved) = (level(in: warehouse).onHand, level(in: warehouse).reserved)
    }
  }
}

extension LockedStock {
  /// A row of ``columns``.
  init(_ row: Row) throws(PostgresError) {
    let seller = try row.id("seller_id")
    var levels = [seller: StockLevel(onHand: try row.int64("own_on_hand"), reserved: try row.int64("own_reserved"))]
    for part in try row.string("others").split(separator: ",") {
      let fields = part.split(separator: " ")
      guard fields.count == 3, let warehouse = ID(String(fields[0])), let onHand = Int64(fields[1]),
        let reserved = Int64(fields[2])
      else { throw .mapping("the stock in a warehouse") }
      levels[warehouse] = StockLevel(onHand: onHand, reserved: reserved)
    }
    self.init(
      variant: try row.id("variant_id"), product: try row.id("product_id"), seller: seller,
      subjects: try row.string("subjects").split(separator: ",").compactMap { ID(String($0)) },
      limits: StockLimits(
        safetyStock: try row.int64("safety_stock"), backorderLimit: try row.int64("backorder_limit"),
        backorderTime: try row.optionalInstant("backorder_at")),
      version: try row.int64("version"), updatedAt: try row.instant("updated_at"), levels: levels,
      isToldOnSale: try row.bool("is_told_on_sale"))
  }

  /// The columns of `s`, a row of inventory.stock.
  static var columns: Query {
    """
    s.variant_id, s.product_id, s.seller_id, s.version, s.updated_at, s.safety_stock, s.backorder_limit,
           s.backorder_at, s.is_told_on_sale, s.on_hand - s.elsewhere_on_hand AS own_on_hand,
           s.reserved - s.elsewhere_reserved AS own_reserved,
           array_to_string(catalog.subjects_of_product(s.product_id), ',') AS subjects,
           coalesce((SELECT string_agg(w.warehouse_id || ' ' || w.on_hand || ' ' || w.reserved, ',')
                       FROM inventory.warehouse_stock w WHERE w.variant_id = s.variant_id), '') AS others
    """
  }
}

extension Int64 {
  /// The sum, or the number next to it. No adjustment is so large, but very many of them may be.
  fileprivate func addingClamped(_ other: Int64) -> Int64 {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    return isTooLarge ? (other < 0 ? .min : .max) : sum
  }
}
