internal import Platform

/// A cart whose numbers were verified, with its lines in the order of their ids and its sellers in the order of theirs.
struct PreparedCart: Sendable {
  /// The lines of one seller.
  struct Seller: Sendable {
    let id: ID
    var lines: [Int]
  }

  let currency: Currency
  let lines: [CartLine]
  let quantities: [Int64]
  /// What each line costs before discounts.
  let amounts: [Int64]
  private(set) var sellers: [Seller] = []
  /// The seller of each line.
  private(set) var sellerOfLine: [Int] = []
  /// The choice of each seller, if there is one.
  private(set) var choices: [ShippingChoice?] = []
  /// The price of the shipping of each seller.
  private(set) var shipping: [Int64] = []
  /// The amount from which on the shipping of each seller is free.
  private(set) var freeFrom: [Int64?] = []
  /// The promotions in the order in which they are applied.
  let promotions: [Promotion]
  /// For each promotion, whether each line is in its scope.
  let scopes: [[Bool]]
  let taxation: Taxation
  let tenders: [Tender]
  let buyer: Buyer
  let now: Instant

  init(_ cart: UnpricedCart) throws(PricingError) {
    currency = cart.currency
    let lines = try cart.lines.sortedUnique(.line, most: PricingLimits.linesMax, by: \.id)
    self.lines = lines
    promotions = try cart.promotions.sortedUnique(.promotion, most: PricingLimits.promotionsMax, by: \.id)
      .sorted { ($0.priority, $0.id) < ($1.priority, $1.id) }
    quantities = lines.map(\.quantity)
    taxation = cart.taxation
    buyer = cart.buyer
    now = cart.now
    let amounts = Amounts(of: cart.currency)
    self.amounts = try amounts.verified(lines)
    tenders = try amounts.verified(cart.tenders)
    try amounts.verify(promotions)
    scopes = promotions.map { promotion in lines.map(promotion.scope.contains) }
    groupBySeller()
    try chooseShipping(cart.shipping, amounts)
  }

  private mutating func groupBySeller() {
    for (index, line) in lines.enumerated() {
      if let seller = sellers.firstIndex(where: { $0.id == line.seller }) {
        sellers[seller].lines.append(index)
      } else {
        sellers.append(Seller(id: line.seller, lines: [index]))
      }
    }
    sellers.sort { $0.id < $1.id }
    sellerOfLine = [Int](repeating: 0, count: lines.count)
    for (seller, group) in sellers.enumerated() {
      for line in group.lines { sellerOfLine[line] = seller }
    }
  }

  /// The choice of a seller without lines counts for nothing.
  private mutating func chooseShipping(_ all: [ShippingChoice], _ amounts: Amounts) throws(PricingError) {
    let sorted = try all.sortedUnique(.shipping, most: PricingLimits.linesMax, by: \.seller)
    for choice in sorted { try amounts.verify(choice) }
    choices = sellers.map { seller in sorted.first { $0.seller == seller.id } }
    shipping = choices.map { $0?.price.minorUnits ?? 0 }
    freeFrom = choices.map { $0?.freeFrom?.minorUnits }
  }

  /// The sum of an amount of each line, for each seller.
  func perSeller(_ amounts: [Int64]) -> [Int64] {
    var sums = [Int64](repeating: 0, count: sellers.count)
    for (line, amount) in amounts.enumerated() { sums[sellerOfLine[line]] += amount }
    return sums
  }
}

extension Array where Element: Sendable {
  /// Sorted by an id that no two may share.
  fileprivate func sortedUnique(
    _ part: PricingError.Part, most: Int, by id: (Element) -> ID
  ) throws(PricingError) -> [Element] {
    guard count <= most else { throw .tooMany(part) }
    let sorted = sorted { id($0) < id($1) }
    for (before, after) in zip(sorted, sorted.dropFirst()) where id(before) == id(after) {
      throw .repeated(part, id(after))
    }
    return sorted
  }
}
