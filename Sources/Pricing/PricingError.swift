package import Platform

/// The reason why a cart has no price. Each is a fault of the program that asks, or of stored rows: what a shopper may
/// enter is checked before.
package enum PricingError: Error, Hashable, Sendable {
  /// There are more of them than ``PricingLimits`` allows.
  case tooMany(Part)
  /// Two of them have the same id, so nothing says which one comes first.
  case repeated(Part, ID)
  /// The quantity of a line is not from 1 to the most.
  case quantityOutOfRange(line: ID)
  /// An amount is negative or above the most.
  case amountOutOfRange(Part)
  /// A rate is negative, above 1,000 %, or too many are levied on other taxes.
  case rateOutOfRange(ID)
  /// An amount is not in the currency of the cart.
  case differentCurrency(Part, Currency)

  /// What a cart consists of.
  package enum Part: Hashable, Sendable {
    /// A line of goods.
    case line
    /// A promotion.
    case promotion
    /// The shipping of a seller.
    case shipping
    /// A rate of tax of a line or of shipping.
    case taxRate
    /// A gift card, or store credit.
    case tender
  }
}
