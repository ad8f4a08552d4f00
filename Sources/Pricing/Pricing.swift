internal import Platform

extension UnpricedCart {
  /// What the cart costs, and why. The same for the same cart, whatever the order of its parts.
  ///
  /// 1. A line costs its units at their price.
  /// 2. The promotions that make goods and shipping cheapest are found, and each takes off in its turn from what those
  ///    before it left. What it takes off is rounded once, and shared out by largest remainders.
  /// 3. The shipping of a seller is free if the seller's goods, after discounts, cost enough.
  /// 4. Tax is computed of what is left.
  /// 5. Gift cards pay, then store credit; the rest is due.
  /// - Throws: ``PricingError`` if a number is out of its bounds.
  package func priced() throws(PricingError) -> PricedCart {
    let cart = try PreparedCart(self)
    let choice = PromotionChoice(for: cart)
    let taxed = TaxedCart(of: cart, after: choice.discounts)
    return PricedCart(cart, choice, taxed)
  }
}

extension PricedCart {
  fileprivate init(_ cart: PreparedCart, _ choice: PromotionChoice, _ taxed: TaxedCart) {
    let discounts = choice.discounts
    currency = cart.currency
    lines = cart.lines.indices.map { index in
      PricedLine(
        id: cart.lines[index].id, seller: cart.lines[index].seller, quantity: cart.quantities[index],
        subtotal: cart.amounts[index],
        discounts: discounts.applied(to: \.lines, at: index, of: cart), amount: discounts.goods[index],
        net: taxed.lines[index].net, taxes: taxed.lines[index].taxes)
    }
    let shipping = cart.sellers.indices.map { seller in
      PricedShipping(
        price: cart.shipping[seller], isChosen: cart.choices[seller] != nil,
        freeShipping: discounts.freeShipping[seller],
        discounts: discounts.applied(to: \.shipping, at: seller, of: cart), amount: discounts.shipping[seller],
        net: taxed.shipping[seller].net, taxes: taxed.shipping[seller].taxes)
    }
    let goods = cart.perSeller(lines.map(\.gross))
    let totals = zip(goods, shipping).map { $0 + $1.gross }
    let tenders = TenderPayments(cart.tenders, of: totals)
    let (nets, taxes) = (cart.perSeller(lines.map(\.net)), cart.perSeller(lines.map(\.tax)))
    sellers = cart.sellers.indices.map { seller in
      PricedSeller(
        id: cart.sellers[seller].id, lines: cart.sellers[seller].lines, shipping: shipping[seller],
        goodsNet: nets[seller], tax: taxes[seller] + shipping[seller].tax, total: totals[seller],
        payments: tenders.shares.map { $0[seller] }, amountDue: tenders.due[seller])
    }
    promotions = choice.outcomes(of: cart)
    payments = tenders.payments
    total = totals.reduce(0, +)
    amountDue = tenders.due.reduce(0, +)
  }
}

extension Discounts {
  /// What each promotion takes off a line, or off the shipping of a seller.
  fileprivate func applied(
    to amounts: (Part) -> [Int64], at index: Int, of cart: PreparedCart
  ) -> [AppliedDiscount] {
    parts.compactMap { part in
      let amounts = amounts(part)
      guard !amounts.isEmpty, amounts[index] > 0 else { return nil }
      let promotion = cart.promotions[part.promotion]
      return AppliedDiscount(promotion: promotion.id, bearer: promotion.bearer, amount: amounts[index])
    }
  }
}

extension PromotionChoice {
  fileprivate func outcomes(of cart: PreparedCart) -> [PromotionOutcome] {
    cart.promotions.indices.map { index in
      let refusal = refusals.first { $0.promotion == index }?.refusal
      let taken = discounts.parts.first { $0.promotion == index }?.total ?? 0
      return PromotionOutcome(
        promotion: cart.promotions[index].id, result: refusal.map { .failure($0) } ?? .success(taken))
    }
  }
}
