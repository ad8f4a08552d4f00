internal import Platform
internal import Pricing

/// Decides which rates are charged: a pure value.
struct RateChoice {
  let shop: ShopTaxation
  let destination: TaxedDestination
  let entered: EnteredBuyerNumber
  let candidates: RateCandidates

  private var isHome: Bool { destination.country == shop.homeCountry }
  /// Whether goods go from one member state of the European Union to another one.
  private var isWithinUnion: Bool {
    !isHome && UnionArea.members.contains(shop.homeCountry) && UnionArea.contains(destination)
  }

  /// The number that makes the buyer owe the tax.
  private var reverseCharged: TaxNumber? {
    guard isWithinUnion, shop.isRegistered == true, case .good(let number) = entered,
      number.country != shop.homeCountry
    else { return nil }
    return number
  }

  /// The rates on goods of a tax category.
  func rates(of category: String) -> ExplainedRates { explained(category, shipping: false) }

  /// The rates on shipping; nil if it is taxed as the goods are.
  func shipping() -> ExplainedRates? {
    switch shop.shippingMode {
    case "as_goods": nil
    case "none": ExplainedRates(rates: TaxRates(), cause: .notTaxed, category: "")
    default: explained(shop.shippingCategory, shipping: true)
    }
  }

  private func explained(_ category: String, shipping: Bool) -> ExplainedRates {
    let atHome = candidates.charged(in: shop.homeCountry, on: category, shipping: shipping)
    var due = candidates.charged(in: destination.country, on: category, shipping: shipping)
    // A shop that sells little to other member states charges the tax of its own (Directive 2006/112/EC, article 59c).
    if due.isEmpty && isWithinUnion { due = atHome }
    let contained = isHome || !shop.keepsNet ? due : atHome
    let cause: TaxCause =
      if let exemption = shop.exemption {
        .exempt(exemption: exemption)
      } else if let number = reverseCharged {
        .reverseCharge(number: number.text)
      } else if due.isEmpty {
        isHome || isWithinUnion ? .noRate : .export
      } else {
        .rates
      }
    let charged = cause == .rates ? due : []
    let included = shop.taxation.pricesIncludeTax && contained != charged ? contained : nil
    return ExplainedRates(
      rates: TaxRates(charged: charged, included: included), cause: cause, category: category)
  }

  /// What is known of the buyer's number.
  var number: BuyerNumberState {
    switch entered {
    case .none: .none
    case .faulty(.malformed, _): .malformed
    case .faulty(.wrongCheckDigits, _): .wrongCheckDigits
    case .good:
      switch shop.isRegistered {
      case true?: .registered
      case false?: .notRegistered
      case nil: .notChecked
      }
    }
  }
}
