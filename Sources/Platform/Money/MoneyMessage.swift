package import Protobuf
package import TypeAPI

extension Money {
  /// The amount of a message.
  /// - Throws: ``MoneyError/unknownCurrency`` unless ISO 4217 lists its currency.
  package init(_ message: TypeAPI.Money) throws(MoneyError) {
    guard let currency = Currency(message.currency.string) else { throw .unknownCurrency }
    self.init(minorUnits: message.amountMinor, in: currency)
  }

  /// The message of the amount.
  package func message(in arena: Arena) -> TypeAPI.Money {
    let message = TypeAPI.Money(in: arena)
    message.amountMinor = minorUnits
    message.currency = Text(currency.code, in: arena)
    return message
  }
}

extension RequestCheck {
  /// A field that must be an amount in a currency of ISO 4217, or in the shop's if that is given, within bounds in
  /// minor units.
  package mutating func money(
    _ message: TypeAPI.Money, _ field: String, _ minorUnits: ClosedRange<Int64>, in shopCurrency: Currency? = nil
  ) -> Money? {
    var money = try? Money(message)
    if let shopCurrency {
      if money?.currency != shopCurrency { money = nil }
      isShopCurrency(message.currency, "\(field).currency", shopCurrency)
    } else {
      require(money != nil, "\(field).currency", Self.wantsCurrency)
    }
    require(
      minorUnits.contains(message.amountMinor), "\(field).amount_minor",
      "Must be from \(minorUnits.lowerBound) to \(minorUnits.upperBound).")
    return money.flatMap { minorUnits.contains($0.minorUnits) ? $0 : nil }
  }

  /// A field that may be empty, or else must be the code of a currency.
  package mutating func currency(_ text: Text, _ field: String) -> Currency? {
    if text.isEmpty { return nil }
    let currency = Currency(text.string)
    require(currency != nil, field, Self.wantsCurrency)
    return currency
  }

  /// A field that must be the code of the shop's currency.
  package mutating func isShopCurrency(_ text: Text, _ field: String, _ shopCurrency: Currency) {
    require(text == shopCurrency.code, field, "Must be \(shopCurrency), the currency of the shop.")
  }

  private static let wantsCurrency = "Must be a code of ISO 4217 for a currency in use, in capitals, such as EUR."
}
