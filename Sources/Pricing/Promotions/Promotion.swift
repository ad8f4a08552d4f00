package import Platform

/// A discount that a buyer may get: a coupon, or one that needs no code.
package struct Promotion: Sendable {
  /// The promotion's id.
  package var id: ID
  /// What it takes off.
  package var effect: Effect
  /// The goods that it concerns.
  package var scope: PromotionScope
  /// What must hold for it.
  package var conditions: PromotionConditions
  /// Its turn among those that are applied together: the smallest first, of two equal ones the one with the smaller id.
  package var priority: Int32
  /// Whether it may be applied together with others that allow it, too.
  package var isStackable: Bool
  /// Who bears what it takes off.
  package var bearer: Bearer

  /// What a promotion takes off.
  package enum Effect: Sendable {
    /// A part of the price of the goods, in hundredths of a percent (0 to 10,000), and not more than `most`.
    case percentage(basisPoints: Int64, most: Money?)
    /// An amount off all goods together.
    case amount(Money)
    /// A part of the shipping of sellers that have goods in the scope, and not more than `most` in all.
    case shipping(basisPoints: Int64, most: Money?)
    /// A part of the price of some units when others are bought.
    case buyXGetY(BuyXGetY)
  }

  /// Who bears a discount.
  package enum Bearer: Hashable, Sendable {
    /// The platform: the seller is paid as if there were none.
    case platform
    /// The seller of the goods.
    case seller
  }

  /// A promotion.
  package init(
    _ id: ID, _ effect: Effect, scope: PromotionScope = PromotionScope(),
    conditions: PromotionConditions = PromotionConditions(), priority: Int32 = 100, isStackable: Bool = false,
    bearer: Bearer = .platform
  ) {
    self.id = id
    self.effect = effect
    self.scope = scope
    self.conditions = conditions
    self.priority = priority
    self.isStackable = isStackable
    self.bearer = bearer
  }
}

/// Who buys `buy` units gets `get` more for less: the cheapest ones of the scope, so that no way to order them into
/// groups gives more.
package struct BuyXGetY: Sendable {
  /// How many units are paid in full: 1 or more.
  package var buy: Int64
  /// How many units cost less for them: 1 or more.
  package var get: Int64
  /// What is taken off these, in hundredths of a percent: 10,000 if they are free.
  package var basisPoints: Int64
  /// How often it is applied in a cart at most. Nil for no limit.
  package var timesMax: Int64?
  /// The goods that cost less, if they are others than those that must be bought. They do not count as bought.
  package var reward: PromotionScope?

  /// The rule.
  package init(buy: Int64, get: Int64, basisPoints: Int64, timesMax: Int64? = nil, reward: PromotionScope? = nil) {
    self.buy = buy
    self.get = get
    self.basisPoints = basisPoints
    self.timesMax = timesMax
    self.reward = reward
  }
}

/// The goods that a promotion concerns: those of its products and of its categories, which its sellers sell and which
/// are not excluded.
package struct PromotionScope: Sendable {
  /// Products. If there are neither products nor categories, all goods.
  package var products: IDList
  /// Categories, with all below them.
  package var categories: IDList
  /// Sellers. Empty for all.
  package var sellers: IDList
  /// Products that it does not concern.
  package var excludedProducts: IDList
  /// Categories that it does not concern.
  package var excludedCategories: IDList
  /// Sellers that it does not concern.
  package var excludedSellers: IDList

  /// A scope. Without lists: all goods.
  package init(
    products: [ID] = [], categories: [ID] = [], sellers: [ID] = [], excludedProducts: [ID] = [],
    excludedCategories: [ID] = [], excludedSellers: [ID] = []
  ) {
    self.products = IDList(products)
    self.categories = IDList(categories)
    self.sellers = IDList(sellers)
    self.excludedProducts = IDList(excludedProducts)
    self.excludedCategories = IDList(excludedCategories)
    self.excludedSellers = IDList(excludedSellers)
  }

  /// Whether it concerns the goods of each line.
  func matches(_ lines: [CartLine]) -> [Bool] {
    lines.indices.map { line in
      let (seller, product) = (lines[line].seller, lines[line].product)
      return (sellers.isEmpty || sellers.contains(seller)) && !excludedSellers.contains(seller)
        && !excludedProducts.contains(product) && !excludedCategories.containsOne(of: lines[line].categories)
        && (products.isEmpty && categories.isEmpty || products.contains(product)
          || categories.containsOne(of: lines[line].categories))
    }
  }
}

/// Ids in which one is found quickly. A list is short and is asked for once, so sorting it costs less than hashing.
package struct IDList: Sendable {
  private let sorted: [ID]

  /// A list of ids, in any order.
  package init(_ ids: [ID]) { sorted = ids.count < 2 ? ids : ids.sorted() }

  /// Whether there are none.
  package var isEmpty: Bool { sorted.isEmpty }

  /// Whether one of several ids is among them.
  package func containsOne(of ids: @autoclosure () -> [ID]) -> Bool {
    !isEmpty && ids().contains { contains($0) }
  }

  /// Whether an id is among them.
  package func contains(_ id: ID) -> Bool {
    var range = 0..<sorted.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if sorted[middle] == id { return true }
      range = sorted[middle] < id ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return false
  }
}
