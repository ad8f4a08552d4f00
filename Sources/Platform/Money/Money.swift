/// An exact amount of money: a whole number of its currency's minor units, never negative zero, never a fraction.
///
/// Arithmetic throws ``MoneyError`` instead of a trap, so amounts from outside need no check before it. A file that
/// also imports `TypeAPI` writes `Platform.Money` for this type and `TypeAPI.Money` for the message.
package struct Money: Hashable, Sendable {
  /// The amount in minor units: 1999 is 19.99 EUR, or 1999 JPY.
  package let minorUnits: Int64
  /// The currency of the amount.
  package let currency: Currency

  /// An amount in minor units.
  package init(minorUnits: Int64, in currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// An amount that was computed with 128 bits.
  init(wide minorUnits: Int128, in currency: Currency) throws(MoneyError) {
    guard let minorUnits = Int64(exactly: minorUnits) else { throw .overflow }
    self.init(minorUnits: minorUnits, in: currency)
  }

  /// Nothing, in a currency.
  package static func zero(in currency: Currency) -> Money { Money(minorUnits: 0, in: currency) }

  /// Whether the amount is 0.
  package var isZero: Bool { minorUnits == 0 }
  /// Whether the amount is below 0.
  package var isNegative: Bool { minorUnits < 0 }

  /// - Throws: ``MoneyError/differentCurrencies(_:_:)`` unless both are in one currency.
  private static func requireOneCurrency(_ a: Money, _ b: Money) throws(MoneyError) {
    guard a.currency == b.currency else { throw .differentCurrencies(a.currency, b.currency) }
  }
}

extension Money {
  /// The sum of two amounts.
  package static func + (a: Money, b: Money) throws(MoneyError) -> Money {
    try requireOneCurrency(a, b)
    return try Money(wide: Int128(a.minorUnits) + Int128(b.minorUnits), in: a.currency)
  }

  /// The difference of two amounts.
  package static func - (a: Money, b: Money) throws(MoneyError) -> Money {
    try requireOneCurrency(a, b)
    return try Money(wide: Int128(a.minorUnits) - Int128(b.minorUnits), in: a.currency)
  }

  /// The amount with the other sign.
  package static prefix func - (a: Money) throws(MoneyError) -> Money {
    try Money(wide: -Int128(a.minorUnits), in: a.currency)
  }

  /// The amount of a quantity.
  package static func * (a: Money, quantity: Int64) throws(MoneyError) -> Money {
    try Money(wide: Int128(a.minorUnits) * Int128(quantity), in: a.currency)
  }

  /// The amount that a rate makes of this one, rounded to a minor unit.
  package func times(_ rate: Rate, _ rounding: Rounding) throws(MoneyError) -> Money {
    let product = Int128(minorUnits) * Int128(rate.numerator)
    return try Money(wide: rounding.quotient(product, by: Int128(rate.denominator)), in: currency)
  }
}

extension Sequence<Money> {
  /// The sum of all amounts, 0 without any. Only the sum must fit, whatever their order.
  package func sum(in currency: Currency) throws(MoneyError) -> Money {
    var total: Int128 = 0
    for amount in self {
      guard amount.currency == currency else { throw .differentCurrencies(currency, amount.currency) }
      total += Int128(amount.minorUnits)
    }
    return try Money(wide: total, in: currency)
  }
}

// Comparisons within one currency. `==` needs no error: amounts of two currencies are never equal.
extension Money {
  /// Whether the first amount is smaller.
  package static func < (a: Money, b: Money) throws(MoneyError) -> Bool {
    try requireOneCurrency(a, b)
    return a.minorUnits < b.minorUnits
  }

  /// Whether the first amount is greater.
  package static func > (a: Money, b: Money) throws(MoneyError) -> Bool { try b < a }
  /// Whether the first amount is smaller, or both are equal.
  package static func <= (a: Money, b: Money) throws(MoneyError) -> Bool { try !(b < a) }
  /// Whether the first amount is greater, or both are equal.
  package static func >= (a: Money, b: Money) throws(MoneyError) -> Bool { try !(a < b) }

  /// The smaller amount of two.
  package static func least(_ a: Money, _ b: Money) throws(MoneyError) -> Money { try b < a ? b : a }
  /// The greater amount of two.
  package static func greatest(_ a: Money, _ b: Money) throws(MoneyError) -> Money { try a < b ? b : a }
}
