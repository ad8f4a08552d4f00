internal import Platform

/// Verifies the amounts, quantities and rates of a cart, so that nothing after it can exceed 64 bits.
struct Amounts {
  private let currency: Currency

  init(of currency: Currency) { self.currency = currency }

  /// The amount of each line before discounts.
  func verified(_ lines: [CartLine]) throws(PricingError) -> [Int64] {
    var sum: Int64 = 0
    var amounts: [Int64] = []
    amounts.reserveCapacity(lines.count)
    for index in lines.indices {
      let quantity = lines[index].quantity
      guard (1...PricingLimits.quantityMax).contains(quantity) else {
        throw .quantityOutOfRange(line: lines[index].id)
      }
      try verify(lines[index].unitPrice, .line)
      let (amount, isTooLarge) = lines[index].unitPrice.minorUnits.multipliedReportingOverflow(by: quantity)
      guard !isTooLarge, amount <= PricingLimits.amountMax - sum else { throw .amountOutOfRange(.line) }
      sum += amount
      amounts.append(amount)
    }
    return amounts
  }

  func verify(_ promotions: [Promotion]) throws(PricingError) {
    for promotion in promotions {
      if let least = promotion.conditions.amountMin { try verify(least, .promotion) }
      switch promotion.effect {
      case .percentage(_, let most), .shipping(_, let most): if let most { try verify(most, .promotion) }
      case .amount(let amount): try verify(amount, .promotion)
      case .buyXGetY: break
      }
    }
  }

  func verify(_ choices: [ShippingChoice]) throws(PricingError) {
    for choice in choices {
      // So the prices of all sellers together fit, too.
      try verify(choice.price, .shipping, most: PricingLimits.amountMax / Int64(PricingLimits.linesMax))
      if let freeFrom = choice.freeFrom { try verify(freeFrom, .shipping) }
    }
  }

  /// The tenders in the order in which they pay.
  func verified(_ tenders: [Tender]) throws(PricingError) -> [Tender] {
    guard tenders.count <= PricingLimits.giftCardsMax + 1 else { throw .tooMany(.tender) }
    for tender in tenders { try verify(tender.available, .tender) }
    let sorted = tenders.sorted { ($0.kind.turn, $0.id) < ($1.kind.turn, $1.id) }
    for (index, tender) in sorted.enumerated() where sorted[..<index].contains(where: { $0.id == tender.id }) {
      throw .repeated(.tender, tender.id)
    }
    return sorted
  }

  func verify(_ rates: [TaxRate]) throws(PricingError) {
    guard rates.count <= PricingLimits.taxRatesMax else { throw .tooMany(.taxRate) }
    for (index, rate) in rates.enumerated() {
      guard !rates[..<index].contains(where: { $0.id == rate.id }) else { throw .repeated(.taxRate, rate.id) }
      guard (0...TaxRate.most).contains(rate.millionths) else { throw .rateOutOfRange(rate.id) }
    }
    if let last = rates.last, rates.count(where: \.isCompound) > PricingLimits.compoundRatesMax {
      throw .rateOutOfRange(last.id)
    }
  }

  private func verify(
    _ amount: Money, _ part: PricingError.Part, most: Int64 = PricingLimits.amountMax
  ) throws(PricingError) {
    guard amount.currency == currency else { throw .differentCurrency(part, amount.currency) }
    guard (0...most).contains(amount.minorUnits) else { throw .amountOutOfRange(part) }
  }
}

extension Tender.Kind {
  /// When it pays: gift cards before store credit, those that expire before the others.
  fileprivate var turn: Instant {
    switch self {
    case .giftCard(let expires): expires ?? Instant(clamping: .max - 1)
    case .storeCredit: Instant(clamping: .max)
    }
  }
}
