internal import Platform

/// Computes what a promotion takes off the lines of a cart.
struct GoodsDiscount {
  let cart: PreparedCart
  /// Whether each line is in the promotion's scope.
  let scope: [Bool]
  /// What is left of each line.
  let left: [Int64]

  /// What it takes off each line; empty if it is about shipping.
  func lines(_ effect: Promotion.Effect) -> [Int64] {
    switch effect {
    case .percentage(let basisPoints, let most):
      let bases = zip(left, scope).map { $1 ? $0 : 0 }
      let taken = Percentage(basisPoints, most: most).of(bases.reduce(0, +))
      return LargestRemainders.shares(of: taken, by: bases)
    case .amount(let amount):
      let bases = zip(left, scope).map { $1 ? $0 : 0 }
      return LargestRemainders.shares(of: min(max(amount.minorUnits, 0), bases.reduce(0, +)), by: bases)
    case .buyXGetY(let rule):
      return lines(rule)
    case .shipping:
      return []
    }
  }

  private func lines(_ rule: BuyXGetY) -> [Int64] {
    var taken = [Int64](repeating: 0, count: left.count)
    let isRewarded = rule.reward?.matches(cart.lines) ?? scope
    let rewarded = left.indices.filter { isRewarded[$0] }
    var units = rewardedUnits(rule, of: rewarded)
    // The cheapest units first: what is left of a line is shared by its units.
    let byPrice = rewarded.sorted { a, b in
      let (ofA, ofB) = (Int128(left[a]) * Int128(cart.quantities[b]), Int128(left[b]) * Int128(cart.quantities[a]))
      return (ofA, a) < (ofB, b)
    }
    for line in byPrice where units > 0 {
      let count = min(units, cart.quantities[line])
      let amount = UnitShares(left[line], units: cart.quantities[line]).amount(of: count)
      taken[line] = Percentage(rule.basisPoints, most: nil).of(amount)
      units -= count
    }
    return taken
  }

  /// How many units cost less.
  private func rewardedUnits(_ rule: BuyXGetY, of rewarded: [Int]) -> Int64 {
    guard rule.buy > 0, rule.get > 0 else { return 0 }
    let available = rewarded.reduce(0) { $0 + cart.quantities[$1] }
    var times: Int64
    if rule.reward == nil {
      // A group of bought units and of those that cost less for them may end with fewer of the latter.
      let (group, isTooLarge) = rule.buy.addingReportingOverflow(rule.get)
      guard !isTooLarge else { return 0 }
      times = available / group
      if rule.timesMax.map({ times < $0 }) ?? true {
        let rest = available % group - rule.buy
        return min(times * rule.get + max(rest, 0), available)
      }
    } else {
      let bought = left.indices.filter { scope[$0] && !rewarded.contains($0) }
      times = bought.reduce(0) { $0 + cart.quantities[$1] } / rule.buy
    }
    times = min(times, max(rule.timesMax ?? times, 0))
    let (units, isTooMany) = times.multipliedReportingOverflow(by: rule.get)
    return isTooMany ? available : min(units, available)
  }
}
