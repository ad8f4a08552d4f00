internal import Platform

/// What a set of promotions takes off a cart: off each line, and off the shipping of each seller.
struct Discounts: Sendable {
  /// What one promotion takes off.
  struct Part: Sendable {
    /// The index of the promotion among those of the cart.
    var promotion: Int
    /// What it takes off each line, in the order of the lines. Empty if it takes nothing off goods.
    var lines: [Int64]
    /// What it takes off the shipping of each seller, in the order of the sellers. Empty if it takes nothing off it.
    var shipping: [Int64]

    var total: Int64 { lines.reduce(0, +) + shipping.reduce(0, +) }
  }

  /// The parts, in the order in which the promotions are applied.
  private(set) var parts: [Part] = []
  /// What is left of each line.
  private(set) var goods: [Int64]
  /// What is left of the shipping of each seller, after what is free from an amount on.
  private(set) var shipping: [Int64] = []
  /// What the amount of the goods takes off the shipping of each seller.
  private(set) var freeShipping: [Int64] = []

  /// What the cart costs, without tax that is added.
  var total: Int64 { goods.reduce(0, +) + shipping.reduce(0, +) }

  /// Applies promotions to a cart: `chosen` are indexes into its promotions, in the order in which they are applied.
  /// Those on goods come before those on shipping, whatever their priority, because the amount of the goods may make
  /// shipping free.
  init(_ chosen: [Int], to cart: PreparedCart) {
    goods = cart.amounts
    for index in chosen {
      let discount = GoodsDiscount(cart: cart, scope: cart.scopes[index], left: goods)
      let taken = discount.lines(cart.promotions[index].effect)
      guard !taken.isEmpty else { continue }
      for line in goods.indices { goods[line] -= taken[line] }
      parts.append(Part(promotion: index, lines: taken, shipping: []))
    }
    takeOffShipping(chosen, of: cart)
  }

  private mutating func takeOffShipping(_ chosen: [Int], of cart: PreparedCart) {
    let amounts = cart.perSeller(goods)
    freeShipping = cart.shipping.indices.map { seller in
      guard let freeFrom = cart.freeFrom[seller], amounts[seller] >= freeFrom else { return 0 }
      return cart.shipping[seller]
    }
    shipping = zip(cart.shipping, freeShipping).map(-)
    for index in chosen {
      guard case .shipping(let basisPoints, let most) = cart.promotions[index].effect else { continue }
      let scope = cart.scopes[index]
      let shared = shipping.indices.map { seller in
        cart.sellers[seller].lines.contains { scope[$0] } ? shipping[seller] : 0
      }
      let taken = LargestRemainders.shares(
        of: Percentage(basisPoints, most: most).of(shared.reduce(0, +)), by: shared)
      for seller in shipping.indices { shipping[seller] -= taken[seller] }
      parts.append(Part(promotion: index, lines: [], shipping: taken))
    }
  }
}

/// A part of an amount, up to a limit.
struct Percentage {
  let basisPoints: Int64
  let most: Int64

  init(_ basisPoints: Int64, most: Money?) {
    self.basisPoints = min(max(basisPoints, 0), 10_000)
    self.most = max(most?.minorUnits ?? .max, 0)
  }

  /// The part, rounded to the nearest, from the middle up. All of it at 100 %.
  func of(_ amount: Int64) -> Int64 {
    min(Int64(Rounding.halfUp.quotient(Int128(amount) * Int128(basisPoints), by: 10_000)), most)
  }
}
