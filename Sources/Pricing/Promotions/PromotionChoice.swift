internal import Platform

/// Finds the promotions that make a cart cheapest.
///
/// Legal are one promotion that allows no other, or any set of those that allow others. Of the latter, all are applied
/// unless one of them makes the cart dearer, because the goods then cost too little for free shipping. Then the one
/// whose absence saves most is left out, and so on. Of two choices that cost the same, the one with fewer promotions
/// is taken, then the one whose promotions come first.
struct PromotionChoice {
  /// What the chosen promotions take off.
  private(set) var discounts: Discounts
  /// Why each of the others takes nothing off, by its index.
  private(set) var refusals: [(promotion: Int, refusal: PromotionRefusal)] = []

  init(for cart: PreparedCart) {
    discounts = Discounts([], to: cart)
    var alone: [Int] = []
    var together: [Int] = []
    for index in cart.promotions.indices {
      if let refusal = cart.refusal(of: cart.promotions[index].conditions, scope: cart.scopes[index]) {
        refusals.append((index, refusal))
      } else if cart.promotions[index].isStackable {
        together.append(index)
      } else {
        alone.append(index)
      }
    }
    let eligible = alone + together
    consider(together, for: cart)
    for index in alone { consider([index], for: cart) }
    explain(eligible, of: cart)
  }

  private mutating func consider(_ chosen: [Int], for cart: PreparedCart) {
    guard !chosen.isEmpty else { return }
    var best = (chosen: chosen, discounts: Discounts(chosen, to: cart))
    while let smaller = cheaper(than: best, for: cart) { best = smaller }
    if best.discounts.total < discounts.total { discounts = best.discounts }
  }

  /// The set without one of its promotions that costs least, if it costs less. Only shipping that is not free although
  /// it would be without discounts can make it so.
  private func cheaper(
    than set: (chosen: [Int], discounts: Discounts), for cart: PreparedCart
  ) -> (chosen: [Int], discounts: Discounts)? {
    guard set.chosen.count > 1, cart.losesFreeShipping(set.discounts) else { return nil }
    var best: (chosen: [Int], discounts: Discounts)?
    for index in set.chosen {
      let chosen = set.chosen.filter { $0 != index }
      let discounts = Discounts(chosen, to: cart)
      if discounts.total < (best ?? set).discounts.total { best = (chosen, discounts) }
    }
    return best
  }

  private mutating func explain(_ eligible: [Int], of cart: PreparedCart) {
    let applied = discounts.parts.filter { $0.total > 0 }.map(\.promotion)
    let isTogether = applied.contains { cart.promotions[$0].isStackable }
    for index in eligible where !applied.contains(index) {
      let isOfThem = applied.isEmpty || isTogether && cart.promotions[index].isStackable
      refusals.append((index, isOfThem ? .nothingToTakeOff : .othersTakeOffMore))
    }
  }
}

extension PreparedCart {
  /// Why a promotion cannot be applied to the cart, whatever else is.
  fileprivate func refusal(of conditions: PromotionConditions, scope: [Bool]) -> PromotionRefusal? {
    if let refusal = conditions.refusal(of: buyer, at: now) { return refusal }
    var (amount, units): (Int64, Int64) = (0, 0)
    for line in lines.indices where scope[line] {
      amount += amounts[line]
      units += quantities[line]
    }
    guard units > 0 else { return .nothingInScope }
    if let least = conditions.quantityMin, units < least { return .quantityMissing(least - units) }
    if let least = conditions.amountMin?.minorUnits, amount < least { return .amountMissing(least - amount) }
    return nil
  }

  /// Whether discounts made the goods of a seller too cheap for free shipping.
  fileprivate func losesFreeShipping(_ discounts: Discounts) -> Bool {
    let (before, after) = (perSeller(amounts), perSeller(discounts.goods))
    return sellers.indices.contains { seller in
      guard let freeFrom = freeFrom[seller], shipping[seller] > 0 else { return false }
      return before[seller] >= freeFrom && after[seller] < freeFrom
    }
  }
}
