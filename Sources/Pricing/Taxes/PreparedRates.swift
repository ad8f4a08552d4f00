internal import Platform

/// What taxes make of a price.
struct TaxedAmount {
  /// Without tax.
  var net: Int64 = 0
  /// The tax of each rate that is charged, in their order. Net and these are what is paid.
  var taxes: [Int64] = []
}

/// Computes the tax of amounts by rates.
final class PreparedRates {
  let charged: [TaxRate]
  private let rounding: Rounding
  /// The rates in a price. Nil if prices are without tax.
  private let contained: ContainedRates?
  /// Whether prices contain the tax that is charged, so that what is paid is the price.
  private let containsWhatIsCharged: Bool

  init(_ rates: TaxRates, _ taxation: Taxation) {
    charged = rates.charged
    rounding = taxation.rounding
    let included = rates.included ?? rates.charged
    contained = taxation.pricesIncludeTax ? ContainedRates(included, rounding) : nil
    containsWhatIsCharged = taxation.pricesIncludeTax && included == rates.charged
  }

  /// The tax of an amount that is rounded as a whole.
  func tax(_ amount: Int64) -> TaxedAmount {
    guard let contained else { return added(to: amount) }
    let tax = contained.tax(of: amount)
    return containsWhatIsCharged
      ? TaxedAmount(net: amount - tax, taxes: contained.shares(of: tax)) : added(to: amount - tax)
  }

  /// The tax of the amount of a line, each unit of which is rounded. An amount that the units cannot share equally
  /// makes some of them cost a minor unit more.
  func tax(_ amount: Int64, units: Int64) -> TaxedAmount {
    let (each, dearer) = amount.quotientAndRemainder(dividingBy: units)
    let (usual, other) = (tax(each), tax(each + 1))
    let cheaper = units - dearer
    return TaxedAmount(
      net: usual.net * cheaper + other.net * dearer,
      taxes: zip(usual.taxes, other.taxes).map { $0 * cheaper + $1 * dearer })
  }

  /// The tax of several amounts, which is rounded once for all of them and shared out by the amounts.
  func tax(sharedBy amounts: [Int64]) -> [TaxedAmount] {
    let whole = tax(amounts.reduce(0, +))
    let nets = LargestRemainders.shares(of: whole.net, by: amounts)
    // A price that contains its tax stays what it is: its tax is what its net part leaves.
    var weights = containsWhatIsCharged ? zip(amounts, nets).map(-) : amounts
    var shares = nets.map { TaxedAmount(net: $0) }
    for tax in whole.taxes {
      let parts = LargestRemainders.shares(of: tax, by: weights)
      for index in shares.indices {
        shares[index].taxes.append(parts[index])
        if containsWhatIsCharged { weights[index] -= parts[index] }
      }
    }
    return shares
  }

  /// The tax on a price without tax. Each rate is rounded by itself, and a compound one is levied on rounded taxes:
  /// they are what an invoice shows.
  private func added(to net: Int64) -> TaxedAmount {
    var taxed = TaxedAmount(net: net)
    taxed.taxes.reserveCapacity(charged.count)
    var base = net
    for rate in charged {
      let product = Int128(rate.isCompound ? base : net) * Int128(rate.millionths)
      let tax = Int64(rounding.quotient(product, by: Int128(TaxRate.whole)))
      taxed.taxes.append(tax)
      base += tax
    }
    return taxed
  }
}

/// The rates in a price that contains tax. The tax of all rates is rounded, and they share it out by their exact parts.
struct ContainedRates {
  private let rounding: Rounding
  /// The exact tax of each rate on a net price of `whole`.
  private let parts: [Int64]
  /// The net price, and the price with tax.
  private let (whole, sum): (Int128, Int128)

  init(_ rates: [TaxRate], _ rounding: Rounding) {
    self.rounding = rounding
    // As many decimals as exact parts need.
    let decimals = 1 + rates.count(where: \.isCompound)
    let whole = (0..<decimals).reduce(Int128(1)) { product, _ in product * Int128(TaxRate.whole) }
    var parts: [Int128] = []
    var sum = whole
    for rate in rates {
      let part = (rate.isCompound ? sum : whole) / Int128(TaxRate.whole) * Int128(rate.millionths)
      parts.append(part)
      sum += part
    }
    (self.whole, self.sum) = (whole, sum)
    // Only their ratio counts, and they may have more digits than an amount.
    while let most = parts.max(), most > Int128(Int64.max) { parts = parts.map { $0 / 1_000 } }
    self.parts = parts.map { Int64($0) }
  }

  /// The tax in a price: below the price, which has 47 bits.
  func tax(of price: Int64) -> Int64 {
    Int64(rounding.quotient(Int128(price) * (sum - whole), by: sum))
  }

  /// What each rate has of a tax.
  func shares(of tax: Int64) -> [Int64] {
    parts.count == 1 ? [tax] : LargestRemainders.shares(of: tax, by: parts)
  }
}

/// The different rates of a cart: most of its lines have the same ones.
struct RatesTable {
  private(set) var prepared: [PreparedRates] = []
  private var known: [TaxRates] = []
  private let taxation: Taxation
  private let amounts: Amounts

  init(taxation: Taxation, _ amounts: Amounts) {
    self.taxation = taxation
    self.amounts = amounts
  }

  /// The index of rates, which are verified if they are new.
  mutating func index(of rates: TaxRates) throws(PricingError) -> Int {
    if let index = known.firstIndex(of: rates) { return index }
    try amounts.verify(rates.charged)
    if let included = rates.included { try amounts.verify(included) }
    known.append(rates)
    prepared.append(PreparedRates(rates, taxation))
    return known.count - 1
  }
}
