/// What one cart may have at most. Inside of these bounds no sum of Pricing exceeds 64 bits and no product 128.
package enum PricingLimits {
  /// Lines of a cart.
  package static let linesMax = 500
  /// Promotions that are considered for a cart.
  package static let promotionsMax = 50
  /// Units of a line.
  package static let quantityMax: Int64 = 1_000_000
  /// Minor units of all goods of a cart before discounts, and of any other amount.
  package static let amountMax: Int64 = 100_000_000_000_000
  /// Rates of tax on a line.
  package static let taxRatesMax = 8
  /// Rates of tax on a line that are levied on other taxes.
  package static let compoundRatesMax = 2
  /// Gift cards that pay for a cart.
  package static let giftCardsMax = 20
}
