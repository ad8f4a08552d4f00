import Platform
import Pricing
import Testing

/// What no cart may have.
@Suite struct BoundsTests {
  private func error(of cart: UnpricedCart) -> PricingError? {
    do throws(PricingError) {
      _ = try cart.priced()
      return nil
    } catch {
      return error
    }
  }

  @Test func `quantities and prices are bounded`() throws {
    for quantity in [Int64.min, -1, 0, PricingLimits.quantityMax + 1, 1 << 62, .max] {
      #expect(error(of: cart(line(1, quantity, at: 1))) == .quantityOutOfRange(line: id(1)))
    }
    for price in [Int64.min, -1, PricingLimits.amountMax + 1, .max] {
      #expect(error(of: cart(line(1, at: price))) == .amountOutOfRange(.line))
    }
    #expect(error(of: cart(line(1, 1_000_000, at: 100_000_001))) == .amountOutOfRange(.line))
    let most = cart(line(1, 1_000_000, at: 100_000_000))
    #expect(try most.priced().total == PricingLimits.amountMax)
    #expect(error(of: cart(line(1, 1_000_000, at: 100_000_000), line(2, at: 1))) == .amountOutOfRange(.line))
  }

  @Test func `the greatest rates of the greatest amounts fit`() throws {
    let rates = (1...8).map { TaxRate(id($0), millionths: 10_000_000, isCompound: $0 > 6) }
    for pricesIncludeTax in [false, true] {
      for level in Taxation.RoundingLevel.allCases {
        var cart = cart(line(1, 1_000_000, at: 100_000_000, taxes: TaxRates(charged: rates)))
        cart.taxation = Taxation(pricesIncludeTax: pricesIncludeTax, level: level)
        let priced = try cart.priced()
        #expect(priced.lines[0].net + priced.tax == priced.total)
        // 1 + 6 × 10, and twice eleven times as much.
        if !pricesIncludeTax { #expect(priced.total == PricingLimits.amountMax * 61 * 121) }
      }
    }
  }

  @Test func `ids are told apart, and lists are bounded`() {
    #expect(error(of: cart(line(1, at: 1), line(1, at: 2))) == .repeated(.line, id(1)))
    var many = cart()
    many.lines = (0...PricingLimits.linesMax).map { line($0, at: 1) }
    #expect(error(of: many) == .tooMany(.line))
    var one = cart(line(1, at: 1))
    one.promotions = (0...PricingLimits.promotionsMax).map { Promotion(id($0), .amount(eur(1))) }
    #expect(error(of: one) == .tooMany(.promotion))
    one = cart(line(1, at: 1))
    one.tenders = (1...2).map { _ in Tender(id(1), .storeCredit, available: eur(1)) }
    #expect(error(of: one) == .repeated(.tender, id(1)))
    one = cart(line(1, at: 1))
    one.shipping = (1...2).map { _ in ShippingChoice(id(1_001), price: eur(1)) }
    #expect(error(of: one) == .repeated(.shipping, id(1_001)))
  }

  @Test func `currencies are not mixed`() throws {
    let yen = try #require(Currency("JPY"))
    let foreign = Money(minorUnits: 1, in: yen)
    var one = cart(line(1, at: 1))
    one.lines[0].unitPrice = foreign
    #expect(error(of: one) == .differentCurrency(.line, yen))
    one = cart(line(1, at: 1))
    one.tenders = [Tender(id(1), .storeCredit, available: foreign)]
    #expect(error(of: one) == .differentCurrency(.tender, yen))
    one = cart(line(1, at: 1))
    one.shipping = [ShippingChoice(id(1_001), price: eur(1), freeFrom: foreign)]
    #expect(error(of: one) == .differentCurrency(.shipping, yen))
    for effect in [.amount(foreign), .percentage(basisPoints: 1, most: foreign)] as [Promotion.Effect] {
      one = cart(line(1, at: 1))
      one.promotions = [Promotion(id(1), effect)]
      #expect(error(of: one) == .differentCurrency(.promotion, yen))
    }
  }

  @Test func `rates are bounded`() {
    for rate in [-1, TaxRate(id(1), millionths: 10_000_001).millionths, .max] {
      let rates = TaxRates(charged: [TaxRate(id(1), millionths: rate)])
      #expect(error(of: cart(line(1, at: 1, taxes: rates))) == .rateOutOfRange(id(1)))
      let included = TaxRates(included: [TaxRate(id(1), millionths: rate)])
      #expect(error(of: cart(line(1, at: 1, taxes: included))) == .rateOutOfRange(id(1)))
    }
    let compound = TaxRates(charged: (1...3).map { TaxRate(id($0), millionths: 1, isCompound: true) })
    #expect(error(of: cart(line(1, at: 1, taxes: compound))) == .rateOutOfRange(id(3)))
    let many = TaxRates(charged: (1...9).map { TaxRate(id($0), millionths: 1) })
    #expect(error(of: cart(line(1, at: 1, taxes: many))) == .tooMany(.taxRate))
  }

  @Test func `extreme rules of promotions take off nothing or everything`() throws {
    for (buy, get) in [(0, 1), (-1, 1), (1, 0), (.max, .max), (.max, 1), (1, .max)] as [(Int64, Int64)] {
      for reward in [nil, PromotionScope(products: [id(2)])] {
        var cart = cart(line(1, 1_000_000, at: 1_00), line(2, at: 1_00))
        cart.promotions = [
          Promotion(
            id(1), .buyXGetY(BuyXGetY(buy: buy, get: get, basisPoints: .max, timesMax: .max, reward: reward)))
        ]
        let priced = try cart.priced()
        #expect(priced.total >= 0 && priced.total <= 100_000_100)
      }
    }
    var cart = cart(line(1, at: 1_00))
    cart.promotions = [Promotion(id(1), .percentage(basisPoints: .min, most: nil))]
    #expect(try cart.priced().total == 1_00)
  }

  @Test func `an empty cart costs nothing`() throws {
    var empty = cart()
    empty.shipping = [ShippingChoice(id(1_001), price: eur(5_00))]
    empty.promotions = [Promotion(id(1), .amount(eur(1)))]
    empty.tenders = [Tender(id(1), .storeCredit, available: eur(1))]
    let priced = try empty.priced()
    #expect(priced.total == 0 && priced.amountDue == 0 && priced.sellers.isEmpty && priced.payments.isEmpty)
  }
}
