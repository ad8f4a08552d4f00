import Platform
import Testing

@testable import Inventory

/// Who hears of the stock of a product that is not on sale, and how much of that of others.
@Suite struct StockVisibilityTests {
  private static let notOnSale = ID("00000000-0000-7000-8000-000000000001") ?? .none
  private static let shop = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e11") ?? .none

  private static func event(_ more: ID...) -> EventHeader {
    let subjects = ["0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e12", "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e13"].compactMap {
      ID($0)
    }
    return EventHeader(seq: 1, xid: 1, subjects: subjects + [shop] + more)
  }

  @Test(arguments: TestCaller.everybody)
  func `everybody hears of what is on sale`(caller: TestCaller) {
    #expect(!StockVisibility(caller.caller(seller: Self.shop)).events.hides(Self.event()))
  }

  @Test(arguments: TestCaller.everybody)
  func `of what is not, those do who look after it`(caller: TestCaller) {
    let sees: Set<TestCaller> = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
    let hides = StockVisibility(caller.caller(seller: Self.shop)).events.hides(Self.event(Self.notOnSale))
    #expect(hides == !sees.contains(caller))
  }

  @Test(arguments: TestCaller.everybody)
  func `the quantities are for those who look after the shop, in answers and in events`(caller: TestCaller) {
    let visibility = StockVisibility(caller.caller(seller: Self.shop))
    let sees = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop).contains(caller)
    #expect(visibility.coversQuantities(of: Self.shop) == sees)
    #expect((visibility.events.form(of: Self.event()) == .whole) == sees)
  }
}
