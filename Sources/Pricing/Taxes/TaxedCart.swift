internal import Platform

/// The taxes of all lines and of the shipping of all sellers.
struct TaxedCart {
  /// For each line.
  private(set) var lines: [TaxedLine] = []
  /// For each seller.
  private(set) var shipping: [TaxedLine]

  /// What taxes make of the amount of a line, or of shipping.
  struct TaxedLine {
    var net: Int64
    var taxes: [ChargedTax]
  }

  /// Something that is taxed by one set of rates: a line, or shipping, or the part of shipping that goes with a line.
  private struct Item {
    let seller: Int
    let isLine: Bool
    /// The index of the rates.
    let rates: Int
    let amount: Int64
    let units: Int64
  }

  private var items: [Item] = []

  init(of cart: PreparedCart, after discounts: Discounts) {
    shipping = cart.sellers.map { _ in TaxedLine(net: 0, taxes: []) }
    lines.reserveCapacity(cart.lines.count)
    items.reserveCapacity(cart.lines.count + 2 * cart.sellers.count)
    gatherLines(of: cart, after: discounts)
    gatherShipping(of: cart, after: discounts)
    if cart.taxation.level == .order {
      taxTogether(by: cart.rates)
    } else {
      taxEach(by: cart.rates, cart.taxation.level)
    }
  }

  private mutating func gatherLines(of cart: PreparedCart, after discounts: Discounts) {
    for line in cart.lines.indices {
      items.append(
        Item(
          seller: cart.sellerOfLine[line], isLine: true, rates: cart.ratesOfLine[line], amount: discounts.goods[line],
          units: cart.quantities[line]))
    }
  }

  private mutating func gatherShipping(of cart: PreparedCart, after discounts: Discounts) {
    for seller in cart.sellers.indices where cart.choices[seller] != nil {
      let amount = discounts.shipping[seller]
      if let rates = cart.ratesOfShipping[seller] {
        items.append(Item(seller: seller, isLine: false, rates: rates, amount: amount, units: 1))
      } else if amount > 0 {
        shareOut(amount, of: seller, in: cart, after: discounts)
      }
    }
  }

  /// Shares shipping out over the rates of the goods.
  private mutating func shareOut(_ amount: Int64, of seller: Int, in cart: PreparedCart, after discounts: Discounts) {
    var goods = [Int64](repeating: 0, count: cart.rates.count)
    var units = goods
    for line in cart.sellers[seller].lines {
      goods[cart.ratesOfLine[line]] += discounts.goods[line]
      units[cart.ratesOfLine[line]] += cart.quantities[line]
    }
    let shares = LargestRemainders.shares(of: amount, by: goods.allSatisfy { $0 == 0 } ? units : goods)
    for (rates, share) in shares.enumerated() where share > 0 {
      items.append(Item(seller: seller, isLine: false, rates: rates, amount: share, units: 1))
    }
  }

  private mutating func taxEach(by rates: [PreparedRates], _ level: Taxation.RoundingLevel) {
    for item in items {
      let rates = rates[item.rates]
      add(level == .unit ? rates.tax(item.amount, units: item.units) : rates.tax(item.amount), by: rates, to: item)
    }
  }

  /// Rounds the tax of all items of a seller with the same rates once, and shares it out by their amounts.
  private mutating func taxTogether(by rates: [PreparedRates]) {
    var taxed = [TaxedAmount](repeating: TaxedAmount(), count: items.count)
    var done = [Bool](repeating: false, count: items.count)
    for first in items.indices where !done[first] {
      let group = items.indices.filter {
        $0 >= first && items[$0].seller == items[first].seller && items[$0].rates == items[first].rates
      }
      let shares = rates[items[first].rates].tax(sharedBy: group.map { items[$0].amount })
      for (index, share) in zip(group, shares) {
        done[index] = true
        taxed[index] = share
      }
    }
    for (item, taxed) in zip(items, taxed) { add(taxed, by: rates[item.rates], to: item) }
  }

  private mutating func add(_ taxed: TaxedAmount, by rates: PreparedRates, to item: Item) {
    let taxes = taxed.taxes.indices.map { ChargedTax(rate: rates.charged[$0], amount: taxed.taxes[$0]) }
    if item.isLine {
      lines.append(TaxedLine(net: taxed.net, taxes: taxes))
    } else {
      shipping[item.seller].net += taxed.net
      shipping[item.seller].add(taxes)
    }
  }
}

extension TaxedCart.TaxedLine {
  /// Two parts of shipping may have a rate in common.
  fileprivate mutating func add(_ more: [ChargedTax]) {
    for tax in more {
      if let index = taxes.firstIndex(where: { $0.rate == tax.rate }) {
        taxes[index] = ChargedTax(rate: tax.rate, amount: taxes[index].amount + tax.amount)
      } else {
        taxes.append(tax)
      }
    }
  }
}
