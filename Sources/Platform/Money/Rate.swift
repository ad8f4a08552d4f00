/// An exact factor for amounts: a tax rate, a commission, a discount, a part of a quantity.
package struct Rate: Sendable {
  /// The dividend.
  package let numerator: Int64
  /// The divisor, above 0.
  package let denominator: Int64

  /// The quotient of two numbers: `Rate(2, of: 3)` is two of three units. Nil unless the divisor is above 0.
  package init?(_ numerator: Int64, of denominator: Int64) {
    guard denominator > 0 else { return nil }
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Hundredths of a percent: 1900 is 19 %.
  package init(basisPoints: Int64) {
    numerator = basisPoints
    denominator = 10_000
  }

  /// A decimal number: `0.0825`. Nil for other texts, and for a number that does not fit.
  package init?(decimal text: some StringProtocol) {
    guard let number = DecimalNumber(text) else { return nil }
    numerator = number.digits
    denominator = DecimalNumber.powers[number.decimals]
  }

  /// A decimal number of percent: `8.25`. Nil for other texts, and for a number that does not fit.
  package init?(percent text: some StringProtocol) {
    guard let number = DecimalNumber(text), number.decimals + 2 < DecimalNumber.powers.count else { return nil }
    numerator = number.digits
    denominator = DecimalNumber.powers[number.decimals + 2]
  }
}

extension Rate: Comparable {
  /// Compares the values: 1/2 equals 2/4.
  package static func == (a: Rate, b: Rate) -> Bool {
    Int128(a.numerator) * Int128(b.denominator) == Int128(b.numerator) * Int128(a.denominator)
  }

  /// Compares the values.
  package static func < (a: Rate, b: Rate) -> Bool {
    Int128(a.numerator) * Int128(b.denominator) < Int128(b.numerator) * Int128(a.denominator)
  }
}
