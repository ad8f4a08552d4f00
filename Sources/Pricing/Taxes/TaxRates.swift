package import Platform

/// A rate of tax.
package struct TaxRate: Hashable, Sendable {
  /// The rate's id.
  package var id: ID
  /// Millionths: 190,000 is 19 %, 99,750 is 9.975 %. At most 1,000 %.
  package var millionths: Int64
  /// Whether it is levied on the price and on the taxes before it, not on the price alone.
  package var isCompound: Bool

  /// A rate.
  package init(_ id: ID, millionths: Int64, isCompound: Bool = false) {
    self.id = id
    self.millionths = millionths
    self.isCompound = isCompound
  }

  static let whole: Int64 = 1_000_000
  static let most: Int64 = 10_000_000
}

/// The rates on a line or on shipping.
package struct TaxRates: Hashable, Sendable {
  /// What is charged, in the order in which rates are levied: ``PricingLimits/taxRatesMax`` at most, and of these
  /// ``PricingLimits/compoundRatesMax`` that are compound.
  package var charged: [TaxRate]
  /// What prices contain, if they contain tax and it is not what is charged: for goods whose prices contain the tax at
  /// home and that leave the country, or that a business buys without tax. Nil if prices contain what is charged, so
  /// that the price stays the same at any rate.
  package var included: [TaxRate]?

  /// Rates.
  package init(charged: [TaxRate] = [], included: [TaxRate]? = nil) {
    self.charged = charged
    self.included = included
  }
}

/// How tax is computed.
package struct Taxation: Hashable, Sendable {
  /// Whether prices, discounts and shipping contain tax.
  package var pricesIncludeTax: Bool
  /// What is rounded to a minor unit.
  package var level: RoundingLevel
  /// How it is rounded.
  package var rounding: Rounding

  /// What is rounded to a minor unit.
  package enum RoundingLevel: Hashable, Sendable, CaseIterable {
    /// The tax of each unit.
    case unit
    /// The tax of each line.
    case line
    /// The tax of all lines of a seller with the same rates, shipping among them. Each seller writes an invoice.
    case order
  }

  /// Rules. Without others: prices without tax, rounded for each line, to the nearest, from the middle up.
  package init(pricesIncludeTax: Bool = false, level: RoundingLevel = .line, rounding: Rounding = .halfUp) {
    self.pricesIncludeTax = pricesIncludeTax
    self.level = level
    self.rounding = rounding
  }
}
