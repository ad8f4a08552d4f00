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
  /// A field that must be an amount in a currency of ISO 4217, within bounds in minor units.
  package mutating func money(_ message: TypeAPI.Money, _ field: String, _ minorUnits: ClosedRange<Int64>) -> Money? {
    let money = try? Money(message)
    require(
      money != nil, "\(field).currency", "Must be a code of ISO 4217 for a currency in use, in capitals, such as EUR.")
    require(
      minorUnits.contains(message.amountMinor), "\(field).amount_minor",
      "Must be from \(minorUnits.lowerBound) to \(minorUnits.upperBound).")
    return money.flatMap { minorUnits.contains($0.minorUnits) ? $0 : nil }
  }
}
