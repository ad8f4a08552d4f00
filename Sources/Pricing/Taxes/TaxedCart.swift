internal import Platform

/// The taxes of all lines and of the shipping of all sellers.
struct TaxedCart: Sendable {
  /// For each line.
  private(set) var lines: [TaxedLine] = []
  /// For each seller.
  private(set) var shipping: [TaxedLine] = []

  /// What taxes make of the amount of a line, or of shipping.
  struct TaxedLine: Sendable {
    var net: Int64
    var taxes: [ChargedTax]
  }

  /// Something that is taxed by one set of rates: a line, or shipping, or the part of shipping that goes with a line.
  private struct Item {
    let seller: Int
    let line: Int?
    let rates: TaxRates
    let amount: Int64
    let units: Int64
    var taxed = TaxedAmount()
  }

  init(of cart: PreparedCart, after discounts: Discounts) {
    var items = Self.items(of: cart, after: discounts)
    let computation = TaxComputation(taxation: cart.taxation)
    switch cart.taxation.level {
    case .unit:
      for index in items.indices {
        items[index].taxed = computation.tax(items[index].amount, units: items[index].units, by: items[index].rates)
      }
    case .line:
      for index in items.indices { items[index].taxed = computation.tax(items[index].amount, by: items[index].rates) }
    case .order:
      Self.taxTogether(&items, by: computation)
    }
    collect(items, of: cart)
  }

  private static func items(of cart: PreparedCart, after discounts: Discounts) -> [Item] {
    var items: [Item] = []
    items.reserveCapacity(cart.lines.count * 2)
    for (index, line) in cart.lines.enumerated() {
      items.append(
        Item(
          seller: cart.sellerOfLine[index], line: index, rates: line.taxes, amount: discounts.goods[index],
          units: line.quantity))
    }
    for (seller, group) in cart.sellers.enumerated() {
      let amount = discounts.shipping[seller]
      switch cart.choices[seller]?.tax ?? .ofGoods {
      case .rates(let rates):
        items.append(Item(seller: seller, line: nil, rates: rates, amount: amount, units: 1))
      case .ofGoods where amount > 0:
        items += parts(of: amount, seller: seller, lines: group.lines, of: cart, after: discounts)
      case .ofGoods:
        continue
      }
    }
    return items
  }

  /// The parts of shipping that have the rates of the goods: one for each set of rates.
  private static func parts(
    of amount: Int64, seller: Int, lines: [Int], of cart: PreparedCart, after discounts: Discounts
  ) -> [Item] {
    var groups: [(rates: TaxRates, goods: Int64, units: Int64)] = []
    for line in lines {
      let (rates, goods, units) = (cart.lines[line].taxes, discounts.goods[line], cart.quantities[line])
      if let group = groups.firstIndex(where: { $0.rates == rates }) {
        groups[group].goods += goods
        groups[group].units += units
      } else {
        groups.append((rates, goods, units))
      }
    }
    let areFree = groups.allSatisfy { $0.goods == 0 }
    let shares = LargestRemainders.shares(of: amount, by: groups.map { areFree ? $0.units : $0.goods })
    return zip(groups, shares).map { group, share in
      Item(seller: seller, line: nil, rates: group.rates, amount: share, units: 1)
    }
  }

  /// Rounds the tax of all items of a seller with the same rates once, and shares it out by their amounts.
  private static func taxTogether(_ items: inout [Item], by computation: TaxComputation) {
    var done = [Bool](repeating: false, count: items.count)
    for first in items.indices where !done[first] {
      let group = items.indices.filter {
        $0 >= first && items[$0].seller == items[first].seller && items[$0].rates == items[first].rates
      }
      let amounts = group.map { items[$0].amount }
      let whole = computation.tax(amounts.reduce(0, +), by: items[first].rates)
      let nets = LargestRemainders.shares(of: whole.net, by: amounts)
      // A price that contains its tax stays what it is: its tax is what its net part leaves.
      let isContained = computation.containsWhatIsCharged(items[first].rates)
      var weights = isContained ? zip(amounts, nets).map(-) : amounts
      let taxes = whole.taxes.map { tax in
        let shares = LargestRemainders.shares(of: tax, by: weights)
        if isContained { weights = zip(weights, shares).map(-) }
        return shares
      }
      for (place, index) in group.enumerated() {
        done[index] = true
        items[index].taxed = TaxedAmount(net: nets[place], taxes: taxes.map { $0[place] })
      }
    }
  }

  private mutating func collect(_ items: [Item], of cart: PreparedCart) {
    shipping = cart.sellers.map { _ in TaxedLine(net: 0, taxes: []) }
    lines.reserveCapacity(cart.lines.count)
    for item in items {
      let taxes = zip(item.rates.charged, item.taxed.taxes).map(ChargedTax.init)
      if item.line == nil {
        shipping[item.seller].net += item.taxed.net
        shipping[item.seller].add(taxes)
      } else {
        lines.append(TaxedLine(net: item.taxed.net, taxes: taxes))
      }
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
