import Foundation
import Platform
import Pricing

/// Measures what pricing a cart costs: 20 lines of 3 sellers, 5 promotions, shipping, taxes and a gift card. Prints a
/// line of JSON.
///
/// usage: pricing-bench [--seconds SECONDS]
@main
struct PricingBench {
  static func main() throws {
    let arguments = CommandLine.arguments
    let seconds = arguments.firstIndex(of: "--seconds").flatMap { arguments.dropFirst($0 + 1).first }.flatMap(
      Double.init)
    let cart = cart
    let clock = ContinuousClock()
    let (begin, end) = (clock.now, clock.now + .seconds(seconds ?? 1))
    let cpu = ProcessorTime.now
    var (carts, total) = (0, Int64(0))
    while clock.now < end {
      for _ in 0..<100 { total &+= try cart.priced().amountDue }
      carts += 100
    }
    let wall = (clock.now - begin) / .seconds(1)
    let used = ProcessorTime.now - cpu
    precondition(total > 0, "the cart costs something")
    print("{\"carts_per_second\": \(Double(carts) / wall), \"cpu_us\": \(used * 1e6 / Double(carts))}")
  }

  private static func id(_ number: Int) -> ID {
    ID("00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number))!
  }

  private static func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, in: .euro) }

  /// The cart of the goal. The promotions may be combined but for one, the hardest case.
  static var cart: UnpricedCart {
    let standard = TaxRates(charged: [TaxRate(id(1), millionths: 190_000)])
    let reduced = TaxRates(charged: [TaxRate(id(2), millionths: 70_000)])
    let lines = (0..<20).map { number in
      CartLine(
        id(100 + number), of: id(10 + number % 3), product: id(200 + number),
        categories: [id(300 + number % 5), id(310), id(311)], quantity: Int64(1 + number % 4),
        unitPrice: eur(Int64(999 + number * 731)), taxes: number % 4 == 0 ? reduced : standard)
    }
    var cart = UnpricedCart(in: .euro, lines: lines, at: Instant(clamping: 1_800_000_000_000_000))
    cart.promotions = [
      Promotion(id(401), .percentage(basisPoints: 1_000, most: eur(5_000)), isStackable: true),
      Promotion(id(402), .amount(eur(700)), scope: PromotionScope(sellers: [id(11)]), isStackable: true),
      Promotion(
        id(403), .buyXGetY(BuyXGetY(buy: 2, get: 1, basisPoints: 5_000)),
        scope: PromotionScope(categories: [id(302), id(303)]), isStackable: true),
      Promotion(id(404), .shipping(basisPoints: 10_000, most: eur(400)), isStackable: true),
      Promotion(
        id(405), .percentage(basisPoints: 1_500, most: nil), scope: PromotionScope(excludedProducts: [id(203)])),
    ]
    cart.shipping = [
      ShippingChoice(id(10), price: eur(490), freeFrom: eur(5_000)), ShippingChoice(id(11), price: eur(590)),
      ShippingChoice(id(12), price: eur(1_290), freeFrom: eur(100_000)),
    ]
    cart.taxation = Taxation(pricesIncludeTax: true)
    cart.tenders = [Tender(id(501), .giftCard(expires: nil), available: eur(2_500))]
    return cart
  }
}

/// The processor time that this process has used, in seconds.
enum ProcessorTime {
  static var now: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
