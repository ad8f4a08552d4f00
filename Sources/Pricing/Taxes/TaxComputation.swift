internal import Platform

/// What taxes make of a price.
struct TaxedAmount: Sendable {
  /// Without tax.
  var net: Int64 = 0
  /// The tax of each rate that is charged, in their order. Net and these are what is paid.
  var taxes: [Int64] = []

  /// The tax of all rates.
  var tax: Int64 { taxes.reduce(0, +) }
}

/// Computes the tax of an amount.
struct TaxComputation {
  let taxation: Taxation

  /// The tax of an amount that is rounded as a whole.
  func tax(_ amount: Int64, by rates: TaxRates) -> TaxedAmount {
    guard taxation.pricesIncludeTax else { return added(to: amount, by: rates.charged) }
    guard !containsWhatIsCharged(rates) else { return contained(in: amount, by: rates.charged) }
    return added(to: contained(in: amount, by: rates.included ?? []).net, by: rates.charged)
  }

  /// Whether prices contain the tax that is charged, so that what is paid is the price.
  func containsWhatIsCharged(_ rates: TaxRates) -> Bool {
    taxation.pricesIncludeTax && (rates.included == nil || rates.included == rates.charged)
  }

  /// The tax of the amount of a line, each unit of which is rounded. An amount that the units cannot share equally
  /// makes some of them cost a minor unit more.
  func tax(_ amount: Int64, units: Int64, by rates: TaxRates) -> TaxedAmount {
    let (each, dearer) = amount.quotientAndRemainder(dividingBy: units)
    let (usual, other) = (tax(each, by: rates), tax(each + 1, by: rates))
    let cheaper = units - dearer
    return TaxedAmount(
      net: usual.net * cheaper + other.net * dearer,
      taxes: zip(usual.taxes, other.taxes).map { $0 * cheaper + $1 * dearer })
  }

  /// The tax on a price without tax. Each rate is rounded by itself, and a compound one is levied on rounded taxes: they
  /// are what an invoice shows.
  private func added(to net: Int64, by rates: [TaxRate]) -> TaxedAmount {
    var taxes: [Int64] = []
    var base = net
    for rate in rates {
      let tax = rounded(Int128(rate.isCompound ? base : net) * Int128(rate.millionths), by: Int128(TaxRate.whole))
      taxes.append(tax)
      base += tax
    }
    return TaxedAmount(net: net, taxes: taxes)
  }

  /// The tax in a price that contains it. The tax of all rates is rounded, and they share it out by their exact parts.
  private func contained(in gross: Int64, by rates: [TaxRate]) -> TaxedAmount {
    // The parts of a net price of `whole`, which has as many decimals as exact parts need.
    let decimals = 1 + rates.count(where: \.isCompound)
    let whole = (0..<decimals).reduce(Int128(1)) { product, _ in product * Int128(TaxRate.whole) }
    var parts: [Int128] = []
    var sum = whole
    for rate in rates {
      let part = (rate.isCompound ? sum : whole) / Int128(TaxRate.whole) * Int128(rate.millionths)
      parts.append(part)
      sum += part
    }
    let tax = rounded(Int128(gross) * (sum - whole), by: sum)
    return TaxedAmount(net: gross - tax, taxes: shares(of: tax, by: parts))
  }

  /// The parts have more digits than an amount: only their ratio counts.
  private func shares(of tax: Int64, by parts: [Int128]) -> [Int64] {
    var parts = parts
    while let most = parts.max(), most > Int128(Int64.max) { parts = parts.map { $0 / 1_000 } }
    return LargestRemainders.shares(of: tax, by: parts.map { Int64($0) })
  }

  private func rounded(_ dividend: Int128, by divisor: Int128) -> Int64 {
    // An amount below 2^50 by rates below 2^4 each.
    Int64(taxation.rounding.quotient(dividend, by: divisor))
  }
}
