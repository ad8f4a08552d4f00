internal import Platform

/// A cart whose numbers were verified, with its lines in the order of their ids and its sellers in the order of theirs.
///
/// A class, and loops over indexes: to copy the lines and promotions costs more than to price them.
final class PreparedCart {
  /// The lines of one seller.
  struct Seller {
    let id: ID
    var lines: [Int]
  }

  let currency: Currency
  let lines: [CartLine]
  let quantities: [Int64]
  /// What each line costs before discounts.
  let amounts: [Int64]
  let sellers: [Seller]
  /// The seller of each line.
  let sellerOfLine: [Int]
  /// The choice of each seller, if there is one.
  let choices: [ShippingChoice?]
  /// The price of the shipping of each seller.
  let shipping: [Int64]
  /// The amount from which on the shipping of each seller is free.
  let freeFrom: [Int64?]
  /// The promotions in the order in which they are applied.
  let promotions: [Promotion]
  /// For each promotion, whether each line is in its scope.
  let scopes: [[Bool]]
  let taxation: Taxation
  /// The different rates of tax.
  let rates: [PreparedRates]
  /// The index of the rates of each line.
  let ratesOfLine: [Int]
  /// The index of the rates of the shipping of each seller. Nil for those of the goods.
  let ratesOfShipping: [Int?]
  let tenders: [Tender]
  let buyer: Buyer
  let now: Instant

  init(_ cart: UnpricedCart) throws(PricingError) {
    currency = cart.currency
    taxation = cart.taxation
    buyer = cart.buyer
    now = cart.now
    let lines = try cart.lines.sortedUnique(.line, most: PricingLimits.linesMax, by: \.id)
    let promotions = try cart.promotions.sortedUnique(.promotion, most: PricingLimits.promotionsMax, by: \.id)
      .inOrderOfPriority
    let choices = try cart.shipping.sortedUnique(.shipping, most: PricingLimits.linesMax, by: \.seller)
    let amounts = Amounts(of: cart.currency)
    self.amounts = try amounts.verified(lines)
    tenders = try amounts.verified(cart.tenders)
    try amounts.verify(promotions)
    try amounts.verify(choices)
    quantities = lines.indices.map { lines[$0].quantity }
    (sellers, sellerOfLine) = Self.bySeller(lines)
    // The choice of a seller without lines counts for nothing.
    self.choices = sellers.map { seller in choices.first { $0.seller == seller.id } }
    shipping = self.choices.map { $0?.price.minorUnits ?? 0 }
    freeFrom = self.choices.map { $0?.freeFrom?.minorUnits }
    var rates = RatesTable(taxation: cart.taxation, amounts)
    ratesOfLine = try lines.indices.map { line throws(PricingError) in try rates.index(of: lines[line].taxes) }
    ratesOfShipping = try self.choices.map { choice throws(PricingError) in
      guard case .rates(let own)? = choice?.tax else { return nil }
      return try rates.index(of: own)
    }
    self.rates = rates.prepared
    scopes = promotions.indices.map { promotions[$0].scope.matches(lines) }
    self.promotions = promotions
    self.lines = lines
  }

  private static func bySeller(_ lines: [CartLine]) -> ([Seller], [Int]) {
    var sellers: [Seller] = []
    for index in lines.indices {
      let id = lines[index].seller
      if let seller = sellers.firstIndex(where: { $0.id == id }) {
        sellers[seller].lines.append(index)
      } else {
        sellers.append(Seller(id: id, lines: [index]))
      }
    }
    sellers.sort { $0.id < $1.id }
    var sellerOfLine = [Int](repeating: 0, count: lines.count)
    for seller in sellers.indices {
      for line in sellers[seller].lines { sellerOfLine[line] = seller }
    }
    return (sellers, sellerOfLine)
  }

  /// The sum of an amount of each line, for each seller.
  func perSeller(_ amounts: [Int64]) -> [Int64] {
    var sums = [Int64](repeating: 0, count: sellers.count)
    for (line, amount) in amounts.enumerated() { sums[sellerOfLine[line]] += amount }
    return sums
  }
}

extension Array {
  /// Sorted by an id that no two may share. Rows of a database mostly are.
  fileprivate func sortedUnique(
    _ part: PricingError.Part, most: Int, by id: (Element) -> ID
  ) throws(PricingError) -> [Element] {
    guard count <= most else { throw .tooMany(part) }
    let ids = indices.map { id(self[$0]) }
    if zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }) { return self }
    let order = indices.sorted { ids[$0] < ids[$1] }
    for (before, after) in zip(order, order.dropFirst()) where ids[before] == ids[after] {
      throw .repeated(part, ids[after])
    }
    return order.map { self[$0] }
  }
}

extension [Promotion] {
  /// Those sorted by their ids, sorted by their priorities: mostly all have the same one.
  fileprivate var inOrderOfPriority: [Promotion] {
    let priorities = indices.map { self[$0].priority }
    if zip(priorities, priorities.dropFirst()).allSatisfy({ $0 <= $1 }) { return self }
    return indices.sorted { (priorities[$0], $0) < (priorities[$1], $1) }.map { self[$0] }
  }
}
