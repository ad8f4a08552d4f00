/// The reason why an amount could not be computed.
package enum MoneyError: Error, Hashable, Sendable {
  /// The amount is beyond the 64 bits of minor units.
  case overflow
  /// Amounts of two currencies were to be added or compared.
  case differentCurrencies(Currency, Currency)
  /// A message has a currency that ISO 4217 does not list.
  case unknownCurrency
  /// A share's weight is negative.
  case negativeWeight
  /// Two shares have the same key, so nothing says which of them comes first.
  case repeatedKey
  /// An amount other than 0 is to be shared out, and all weights are 0.
  case nothingToShareBy
}
