import Platform
import Testing

@testable import Pricing

/// Worked examples of public tax guidance, and cases that follow from what it says.
@Suite struct TaxExampleTests {
  /// A sale: the amounts of its lines, and the tax of each rate.
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var currency = "EUR"
    let lines: [Int64]
    var quantity: Int64 = 1
    let rates: [TaxRate]
    var included: [TaxRate]?
    let taxation: Taxation
    let taxes: [Int64]
    let total: Int64

    init(
      _ source: String, in currency: String = "EUR", lines: [Int64], quantity: Int64 = 1, rates: [TaxRate],
      included: [TaxRate]? = nil, _ taxation: Taxation, taxes: [Int64], total: Int64
    ) {
      testDescription = source
      self.currency = currency
      self.lines = lines
      self.quantity = quantity
      self.rates = rates
      self.included = included
      self.taxation = taxation
      self.taxes = taxes
      self.total = total
    }
  }

  private static let excluded = Taxation()
  private static let contained = Taxation(pricesIncludeTax: true)
  private static func rate(_ number: Int, _ millionths: Int64, isCompound: Bool = false) -> TaxRate {
    TaxRate(id(number), millionths: millionths, isCompound: isCompound)
  }

  static let examples = [
    Example(
      "Revenu Québec, Calculating the Taxes: 5 % GST and 9.975 % QST, both of the selling price",
      in: "CAD", lines: [100_00], rates: [rate(1, 50_000), rate(2, 99_750)], excluded, taxes: [5_00, 9_98],
      total: 114_98),
    Example(
      "Québec before 2013: QST of 7.5 % of the price with 5 % GST", in: "CAD", lines: [100_00],
      rates: [rate(1, 50_000), rate(2, 75_000, isCompound: true)], excluded, taxes: [5_00, 7_88], total: 112_88),
    Example(
      "HMRC, VAT Notice 700: the VAT fraction of 20 % is 1/6", in: "GBP", lines: [120_00], rates: [rate(1, 200_000)],
      contained, taxes: [20_00], total: 120_00),
    Example(
      "HMRC, VATREC12020: at line level, retailers round up and down to the nearest penny", in: "GBP",
      lines: [1_03, 1_03, 1_03], rates: [rate(1, 200_000)], contained, taxes: [51], total: 3_09),
    Example(
      "The same at the level of the invoice", in: "GBP", lines: [1_03, 1_03, 1_03], rates: [rate(1, 200_000)],
      Taxation(pricesIncludeTax: true, level: .order), taxes: [52], total: 3_09),
    Example(
      "NTA of Japan, Q&A on the invoice system: one rounding for each rate of an invoice, here down", in: "JPY",
      lines: [99, 99, 99], rates: [rate(1, 80_000)], Taxation(level: .order, rounding: .down), taxes: [23],
      total: 320),
    Example(
      "What it does not allow: rounding each line", in: "JPY", lines: [99, 99, 99], rates: [rate(1, 80_000)],
      Taxation(level: .line, rounding: .down), taxes: [21], total: 318),
    Example(
      "Rounding each unit: 3 units of 0.33, 7 % of which is 0.02", lines: [33], quantity: 3, rates: [rate(1, 70_000)],
      Taxation(level: .unit), taxes: [6], total: 1_05),
    Example(
      "New York, Publication 718: 8.875 % in New York City", in: "USD", lines: [100_00], rates: [rate(1, 88_750)],
      excluded, taxes: [8_88], total: 108_88),
    Example(
      "Directive 2006/112/EC, article 196: a business in another member state owes the tax itself", lines: [119_00],
      rates: [], included: [rate(1, 190_000)], contained, taxes: [], total: 100_00),
    Example(
      "Directive 2006/112/EC, article 33: a distance sale at the rate of the destination, the price staying",
      lines: [119_00], rates: [rate(2, 250_000)], contained, taxes: [23_80], total: 119_00),
    Example(
      "The same with the net price staying", lines: [119_00], rates: [rate(2, 250_000)],
      included: [rate(1, 190_000)], contained, taxes: [25_00], total: 125_00),
    Example(
      "Three decimals: 5 % of 1.990 dinars of Bahrain", in: "BHD", lines: [1_990], rates: [rate(1, 50_000)], excluded,
      taxes: [100], total: 2_090),
    Example(
      "Two rates in one price: 5 % and 9.975 % in 114.98", in: "CAD", lines: [114_98],
      rates: [rate(1, 50_000), rate(2, 99_750)], contained, taxes: [5_00, 9_98], total: 114_98),
  ]

  @Test(arguments: examples)
  func `tax is what the guidance says`(example: Example) throws {
    let currency = try #require(Currency(example.currency))
    var cart = UnpricedCart(
      in: currency,
      lines: example.lines.enumerated().map { index, amount in
        CartLine(
          id(index), of: id(1), product: id(2), quantity: example.quantity,
          unitPrice: Money(minorUnits: amount, in: currency),
          taxes: TaxRates(charged: example.rates, included: example.included))
      }, at: now)
    cart.taxation = example.taxation
    let priced = try cart.priced()
    let taxes = example.rates.map { rate in
      priced.lines.flatMap(\.taxes).filter { $0.rate == rate }.reduce(0) { $0 + $1.amount }
    }
    #expect(taxes == example.taxes)
    #expect(priced.total == example.total)
  }

  @Test func `shipping follows the goods`() throws {
    // Directive 2006/112/EC, article 78 (b): of 8.00 for shipping, a quarter goes with the books at 7 %.
    let (standard, reduced) = (Self.rate(1, 190_000), Self.rate(2, 70_000))
    var cart = cart(
      line(1, at: 75_00, taxes: TaxRates(charged: [standard])), line(2, at: 25_00, taxes: TaxRates(charged: [reduced])))
    cart.shipping = [ShippingChoice(id(1_001), price: eur(8_00))]
    let shipping = try cart.priced().sellers[0].shipping
    #expect(shipping.net == 8_00)
    #expect(shipping.taxes == [ChargedTax(rate: standard, amount: 1_14), ChargedTax(rate: reduced, amount: 14)])
  }

  @Test func `shipping of free goods is shared by their quantities`() throws {
    let (standard, reduced) = (Self.rate(1, 190_000), Self.rate(2, 70_000))
    var cart = cart(
      line(1, 3, at: 0, taxes: TaxRates(charged: [standard])), line(2, 1, at: 0, taxes: TaxRates(charged: [reduced])))
    cart.shipping = [ShippingChoice(id(1_001), price: eur(8_00))]
    #expect(try cart.priced().total == 8_00 + 1_14 + 14)
  }
}
