import Platform
import Pricing
import SeededRandom
import Testing

/// What must hold for every cart: trials T13, T14, T24, T25 and T30.
@Suite struct PricingPropertyTests {
  @Test(arguments: 0..<400)
  func `amounts sum up, and none is negative`(seed: UInt64) throws {
    var carts = RandomCarts(seed: seed)
    for _ in 0..<10 {
      let cart = carts.cart()
      let priced = try cart.priced()
      #expect(priced.lines.count == cart.lines.count)
      for (line, asked) in zip(priced.lines, cart.lines.sorted { $0.id < $1.id }) {
        #expect(line.id == asked.id && line.seller == asked.seller && line.quantity == asked.quantity)
        #expect(line.subtotal == asked.unitPrice.minorUnits * asked.quantity)
        #expect(line.amount == line.subtotal - line.discounts.reduce(0) { $0 + $1.amount })
        #expect(Set(line.discounts.map(\.promotion)).count == line.discounts.count)
        #expect(line.amount >= 0 && line.net >= 0 && line.taxes.allSatisfy { $0.amount >= 0 })
        expectStatedPrice(line.amount, net: line.net, gross: line.gross, asked.taxes, in: cart)
      }
      for seller in priced.sellers {
        let shipping = seller.shipping
        let taken = shipping.discounts.reduce(0) { $0 + $1.amount }
        #expect(shipping.amount == shipping.price - shipping.freeShipping - taken)
        #expect(shipping.amount >= 0 && shipping.net >= 0 && shipping.taxes.allSatisfy { $0.amount >= 0 })
        #expect(seller.total == seller.lines.reduce(0) { $0 + priced.lines[$1].gross } + shipping.gross)
        #expect(seller.goodsNet + shipping.net + seller.tax == seller.total)
        #expect(seller.payments.allSatisfy { $0 >= 0 } && seller.amountDue >= 0)
        #expect(seller.payments.reduce(0, +) + seller.amountDue == seller.total)
      }
      #expect(priced.sellers.flatMap(\.lines).sorted() == Array(priced.lines.indices))
      #expect(priced.sellers.reduce(0) { $0 + $1.total } == priced.total)
      #expect(priced.payments.reduce(0) { $0 + $1.amount } + priced.amountDue == priced.total)
      for (place, payment) in priced.payments.enumerated() {
        #expect(priced.sellers.reduce(0) { $0 + $1.payments[place] } == payment.amount)
        let tender = try #require(cart.tenders.first { $0.id == payment.tender })
        #expect(payment.amount > 0 && payment.amount <= tender.available.minorUnits)
      }
      expectDiscounts(of: priced)
    }
  }

  /// A price without tax stays the net price; a price with the tax that is charged stays what is paid.
  private func expectStatedPrice(_ amount: Int64, net: Int64, gross: Int64, _ rates: TaxRates, in cart: UnpricedCart) {
    if !cart.taxation.pricesIncludeTax {
      #expect(net == amount)
    } else if rates.included == nil {
      #expect(gross == amount)
    }
  }

  private func expectDiscounts(of priced: PricedCart) {
    for outcome in priced.promotions {
      let onLines = priced.lines.flatMap(\.discounts).filter { $0.promotion == outcome.promotion }
      let onShipping = priced.sellers.flatMap(\.shipping.discounts).filter { $0.promotion == outcome.promotion }
      let taken = (onLines + onShipping).reduce(0) { $0 + $1.amount }
      switch outcome.result {
      case .success(let amount): #expect(amount == taken && amount > 0)
      case .failure: #expect(taken == 0)
      }
    }
  }

  @Test(arguments: 0..<300)
  func `the order of lines, promotions, shipping and tenders decides nothing`(seed: UInt64) throws {
    var carts = RandomCarts(seed: 10_000 + seed)
    let cart = carts.cart()
    let priced = try description(cart.priced())
    for _ in 0..<5 {
      var other = cart
      other.lines.shuffle(using: &carts.random)
      other.promotions.shuffle(using: &carts.random)
      other.shipping.shuffle(using: &carts.random)
      other.tenders.shuffle(using: &carts.random)
      #expect(try description(other.priced()) == priced)
    }
  }

  /// Everything that a priced cart says.
  private func description(_ cart: PricedCart) -> String { String(reflecting: cart) }

  @Test(arguments: 0..<300)
  func `no legal combination of promotions is cheaper`(seed: UInt64) throws {
    var carts = RandomCarts(seed: 20_000 + seed)
    var cart = carts.cart()
    // Tax is not part of the choice, and neither are tenders.
    cart.tenders = []
    for index in cart.lines.indices { cart.lines[index].taxes = TaxRates() }
    for index in cart.shipping.indices { cart.shipping[index].tax = .ofGoods }
    let chosen = try cart.priced().total
    let all = cart.promotions
    for alone in all {
      cart.promotions = [alone]
      #expect(try cart.priced().total >= chosen)
    }
    cart.promotions = []
    #expect(try cart.priced().total >= chosen)
    cart.promotions = all.filter(\.isStackable)
    #expect(try cart.priced().total >= chosen)
  }

  @Test(arguments: 0..<200)
  func `all of a percentage leaves nothing`(seed: UInt64) throws {
    var carts = RandomCarts(seed: 30_000 + seed)
    var cart = carts.cart()
    cart.promotions = [
      Promotion(id(1), .percentage(basisPoints: 10_000, most: nil))
    ]
    cart.shipping = []
    let priced = try cart.priced()
    #expect(priced.total == 0 && priced.tax == 0 && priced.amountDue == 0 && priced.payments.isEmpty)
  }

  @Test(arguments: 0..<200)
  func `units that are refunded in any split sum to the line`(seed: UInt64) throws {
    var carts = RandomCarts(seed: 40_000 + seed)
    for line in try carts.cart().priced().lines {
      for whole in [line.net, line.tax, line.gross, line.discount] {
        let shares = UnitShares(whole, units: line.quantity)
        var (sum, done): (Int64, Int64) = (0, 0)
        while done < line.quantity {
          let count = min(Int64(1 + carts.random.below(40)), line.quantity - done)
          let part = shares.amount(of: count, after: done)
          #expect(part >= 0)
          sum += part
          done += count
        }
        #expect(sum == whole)
      }
    }
  }
}
