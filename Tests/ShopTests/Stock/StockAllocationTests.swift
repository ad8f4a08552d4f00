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
    Case(name: "nothing", free: [5, 5, 5], wanted: 0, given: nil),
  ]

  @Test("an order is split only where no warehouse has all of it, and never takes more than can be sold")
  func table() {
    let warehouses = [Self.seller, Self.first, Self.second]
    for one in Self.cases {
      let levels = zip(warehouses, one.free).map { ($0, StockLevel(onHand: $1 + 2, reserved: 2)) }
      let stock = LockedStock(
        variant: Self.id(7), product: Self.id(8), seller: Self.seller, subjects: [],
        limits: StockLimits(
          safetyStock: one.safety, backorderLimit: one.backorders, backorderTime: one.backorders > 0 ? .now : nil),
        version: 1, updatedAt: .now, levels: Dictionary(uniqueKeysWithValues: levels))
      let turns = SellerWarehouses(priorities: [Self.seller: 100, Self.first: 1, Self.second: 2], order: one.order)
      #expect(StockAllocation.allocate(one.wanted, of: stock, by: turns) == one.given, "\(one.name)")
    }
  }
}
