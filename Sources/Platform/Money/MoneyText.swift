// Texts for machines: one form, whatever the language of the reader.

extension Money {
  /// The amount in whole units with all decimals of its currency, without the currency: `-0.05`; `1999` for JPY.
  package var decimalText: String {
    let digits = String(minorUnits.magnitude)
    let padded = String(repeating: "0", count: max(0, currency.exponent + 1 - digits.count)) + digits
    let sign = isNegative ? "-" : ""
    guard currency.exponent > 0 else { return sign + padded }
    return "\(sign)\(padded.dropLast(currency.exponent)).\(padded.suffix(currency.exponent))"
  }

  /// The amount that a decimal number writes: `19.99` or `20`. Nil for any other text, for more decimals than the
  /// currency has, even zeros, and for an amount that does not fit.
  package init?(decimal text: some StringProtocol, in currency: Currency) {
    guard let number = DecimalNumber(text), number.decimals <= currency.exponent else { return nil }
    let power = DecimalNumber.powers[currency.exponent - number.decimals]
    let (minorUnits, overflows) = number.digits.multipliedReportingOverflow(by: power)
    guard !overflows else { return nil }
    self.init(minorUnits: minorUnits, in: currency)
  }
}

extension Money: LosslessStringConvertible {
  /// The amount and its currency: `19.99 EUR`.
  package var description: String { "\(decimalText) \(currency)" }

  /// The amount that ``description`` wrote; fewer decimals are allowed.
  package init?(_ description: String) {
    let parts = description.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let currency = Currency(parts[1]) else { return nil }
    self.init(decimal: parts[0], in: currency)
  }
}
