internal import Platform
internal import Pricing
internal import Protobuf
internal import TaxesAPI
internal import TypeAPI

/// Writes the tax of lines as messages.
struct TaxedAmountWriter {
  let taxes: CartTaxes
  let currency: Currency
  let arena: Arena

  func money(_ minorUnits: Int64) -> TypeAPI.Money {
    Platform.Money(minorUnits: minorUnits, in: currency).message(in: arena)
  }

  func amount(net: Int64, _ charged: [ChargedTax], _ explained: ExplainedRates) -> TaxedAmount {
    let amount = TaxedAmount(in: arena)
    let tax = charged.reduce(0) { $0 + $1.amount }
    (amount.net, amount.tax, amount.gross) = (money(net), money(tax), money(net + tax))
    for part in charged {
      let written = amount.taxes.appendNew()
      written.rateID = arena.text(part.rate.id.description)
      written.title = arena.text(taxes.titles[part.rate.id] ?? "")
      written.percent = arena.text(Self.percent(part.rate.millionths))
      written.isCompound = part.rate.isCompound
      written.amount = money(part.amount)
    }
    amount.explanation = explanation(explained)
    return amount
  }

  private func explanation(_ explained: ExplainedRates) -> TaxExplanation {
    let explanation = TaxExplanation(in: arena)
    explanation.category = arena.text(explained.category)
    switch explained.cause {
    case .rates: explanation.reason = .rates
    case .noRate: explanation.reason = .noRate
    case .export: explanation.reason = .export
    case .notTaxed: explanation.reason = .notTaxed
    case .exempt(let exemption):
      explanation.reason = .exempt
      explanation.exemptionID = arena.text(exemption.description)
    case .reverseCharge(let number):
      explanation.reason = .reverseCharge
      explanation.taxNumber = arena.text(number)
    }
    return explanation
  }

  /// Millionths as a decimal number of percent, as short as possible.
  static func percent(_ millionths: Int64) -> String {
    let (whole, rest) = millionths.quotientAndRemainder(dividingBy: 10_000)
    if rest == 0 { return "\(whole)" }
    var digits = String(rest + 10_000).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return "\(whole).\(digits)"
  }
}
