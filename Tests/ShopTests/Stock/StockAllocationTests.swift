import Platform
import Testing

@testable import Inventory

@Suite struct StockAllocationTests {
  private static let seller = id(0)
  private static let first = id(1)
  private static let second = id(2)

  private static func id(_ number: Int) -> ID { ID("018cc251-f400-7ade-9e36-00000000000\(number)") ?? .none }

  /// What is free in the default warehouse, in the first one, and in the second one; their priorities are 100, 1, 2.
  private struct Case {
    let name: String
    let free: [Int64]
    var order = AllocationSequence.priority
    var safety: Int64 = 0
    var backorders: Int64 = 0
    let wanted: Int64
    /// Nil when it is refused.
    let given: [AllocatedStock]?
  }

  private static func part(
    _ warehouse: ID, _ quantity: Int64, _ reason: AllocatedStock.Reason, backordered: Int64 = 0
  ) -> AllocatedStock {
    AllocatedStock(warehouse: warehouse, quantity: quantity, backordered: backordered, reason: reason)
  }

  private static let cases = [
    Case(name: "the first by priority has all", free: [9, 5, 9], wanted: 5, given: [part(first, 5, .whole)]),
    Case(name: "the first that has all", free: [9, 4, 6], wanted: 5, given: [part(second, 5, .whole)]),
    Case(
      name: "none has all: by priority", free: [4, 3, 2], wanted: 6,
      given: [part(first, 3, .part), part(second, 2, .part), part(seller, 1, .part)]),
    Case(name: "the one with the most", free: [5, 4, 6], order: .stock, wanted: 3, given: [part(second, 3, .whole)]),
    Case(
      name: "none has all: the most first", free: [5, 4, 6], order: .stock, wanted: 12,
      given: [part(second, 6, .part), part(seller, 5, .part), part(first, 1, .part)]),
    Case(name: "as much: by priority", free: [5, 5, 5], order: .stock, wanted: 5, given: [part(first, 5, .whole)]),
    Case(name: "everything", free: [1, 0, 0], wanted: 1, given: [part(seller, 1, .whole)]),
    Case(name: "one too many", free: [1, 1, 1], wanted: 4, given: nil),
    Case(name: "into the safety stock", free: [5, 0, 0], safety: 2, wanted: 4, given: nil),
    Case(name: "beside the safety stock", free: [5, 0, 0], safety: 2, wanted: 3, given: [part(seller, 3, .whole)]),
    Case(
      name: "some of it later", free: [2, 0, 0], backorders: 3, wanted: 4,
      given: [part(seller, 4, .part, backordered: 2)]),
    Case(
      name: "the rest later, from the default warehouse", free: [0, 3, 0], backorders: 3, wanted: 5,
      given: [part(first, 3, .part), part(seller, 2, .backorder, backordered: 2)]),
    Case(
      name: "all of it later", free: [-1, 0, 0], backorders: 3, wanted: 2,
      given: [part(seller, 2, .backorder, backordered: 2)]),
    Case(name: "more than may be promised", free: [-1, 0, 0], backorders: 3, wanted: 3, given: nil),
    Case(
      name: "backorders leave the safety stock", free: [5, 0, 0], safety: 2, backorders: 3, wanted: 5,
      given: [part(seller, 5, .part, backordered: 2)]),
    Case(
      name: "up to the safety stock nothing is backordered", free: [5, 0, 0], safety: 2, backorders: 3, wanted: 3,
      given: [part(seller, 3, .whole)]),
    Case(
      name: "as much as may be promised beside the safety stock", free: [5, 0, 0], safety: 2, backorders: 3, wanted: 6,
      given: [part(seller, 6, .part, backordered: 3)]),
    Case(
      name: "one more than may be promised beside the safety stock", free: [5, 0, 0], safety: 2, backorders: 3,
      wanted: 7, given: nil),
    Case(
      name: "the safety stock of all warehouses, wherever it is", free: [2, 4, 0], safety: 3, backorders: 2, wanted: 5,
      given: [part(first, 3, .part), part(seller, 2, .backorder, backordered: 2)]),
    Case(
      name: "only the safety stock is there", free: [2, 0, 0], safety: 2, backorders: 3, wanted: 1,
      given: [part(seller, 1, .backorder, backordered: 1)]),
    Case(
      name: "the default warehouse owes, and another one has some", free: [-2, 3, 0], backorders: 3, wanted: 4,
      given: [part(first, 3, .part), part(seller, 1, .backorder, backordered: 1)]),
    Case(name: "nothing", free: [5, 5, 5], wanted: 0, given: nil),
  ]

  private static func stock(free: [Int64], safety: Int64, backorders: Int64) -> LockedStock {
    let levels = zip([seller, first, second], free).map { ($0, StockLevel(onHand: $1 + 2, reserved: 2)) }
    return LockedStock(
      variant: id(7), product: id(8), seller: seller, subjects: [],
      limits: StockLimits(
        safetyStock: safety, backorderLimit: backorders, backorderTime: backorders > 0 ? .now : nil),
      version: 1, updatedAt: .now, levels: Dictionary(uniqueKeysWithValues: levels))
  }

  private static func turns(_ order: AllocationSequence) -> SellerWarehouses {
    SellerWarehouses(
      [
        seller: WarehouseTurn(priority: 100), first: WarehouseTurn(priority: 1), second: WarehouseTurn(priority: 2),
      ], order: order)
  }

  @Test("an order is split only where no warehouse has all of it, and never takes more than can be sold")
  func table() {
    for one in Self.cases {
      let stock = Self.stock(free: one.free, safety: one.safety, backorders: one.backorders)
      let given = StockAllocation.allocate(one.wanted, of: stock, by: Self.turns(one.order))
      #expect(given == one.given, "\(one.name)")
    }
  }

  @Test("whatever is allocated keeps the safety stock, and the CHECKs of the database hold")
  func everySmallStock() {
    var count = 0
    for number in 0..<6_000 {
      // Digits of the number: every combination of small quantities.
      let free = [Int64(number % 10) - 4, Int64(number / 10 % 5), Int64(number / 50 % 3)]
      let (safety, backorders) = (Int64(number / 150 % 5), Int64(number / 750 % 8))
      guard free[0] >= -backorders else { continue }
      let stock = Self.stock(free: free, safety: safety, backorders: backorders)
      for wanted in 1...max(stock.sellable + 1, 1) {
        guard let given = StockAllocation.allocate(wanted, of: stock, by: Self.turns(.priority)) else {
          #expect(wanted > stock.sellable)
          continue
        }
        count += 1
        let sum: Int64 = given.reduce(0) { $0 + $1.quantity }
        let taken: Int64 = given.reduce(0) { $0 + $1.quantity - $1.backordered }
        let inWarehouses: Int64 = free.reduce(0) { $0 + max($1, 0) }
        #expect(sum == wanted && wanted <= stock.sellable)
        #expect(taken == 0 || inWarehouses - taken >= safety, "the safety stock stays: \(free), \(safety), \(given)")
        for part in given {
          let rest = stock.level(in: part.warehouse).free - part.quantity
          #expect(rest >= (part.warehouse == Self.seller ? -backorders : 0), "\(free), \(safety), \(given)")
        }
      }
    }
    #expect(count > 1_000)
  }
}
