package import Platform

/// What a cart costs, and why. All amounts are minor units of its currency, and none is negative.
///
/// For the cart, for each seller and for each line or shipping: `net + tax` is `gross`. The sum of the sellers' totals
/// is the cart's, and the sum of lines and shipping is the seller's.
package struct PricedCart: Sendable {
  /// The currency of every amount.
  package let currency: Currency
  /// The lines, in the order of their ids.
  package let lines: [PricedLine]
  /// One for each seller of a line, in the order of their ids: the order will have an order for each of them.
  package let sellers: [PricedSeller]
  /// What became of each promotion, in the order in which they are applied.
  package let promotions: [PromotionOutcome]
  /// What each tender pays, in the order in which they pay. Those that pay nothing are not listed.
  package let payments: [TenderPayment]
  /// What is to be paid, tax included: what goods and shipping cost after discounts.
  package let total: Int64
  /// What is left to pay after all tenders.
  package let amountDue: Int64

  /// What the goods cost before discounts.
  package var subtotal: Int64 { lines.reduce(0) { $0 + $1.subtotal } }
  /// What is taken off the goods.
  package var goodsDiscount: Int64 { lines.reduce(0) { $0 + $1.discount } }
  /// What shipping costs after discounts, as its prices are stated: with or without tax.
  package var shipping: Int64 { sellers.reduce(0) { $0 + $1.shipping.amount } }
  /// The tax of goods and shipping.
  package var tax: Int64 { sellers.reduce(0) { $0 + $1.tax } }
}

/// What a line costs.
package struct PricedLine: Sendable {
  /// The line's id.
  package let id: ID
  /// The seller of its goods.
  package let seller: ID
  /// The number of its units.
  package let quantity: Int64
  /// Its units at their price.
  package let subtotal: Int64
  /// What each promotion takes off: one at most of each, in the order in which they are applied.
  package let discounts: [AppliedDiscount]
  /// What is left, as prices are stated: with or without tax.
  package let amount: Int64
  /// What it costs without tax.
  package let net: Int64
  /// The tax of each rate that is charged.
  package let taxes: [ChargedTax]

  /// What is taken off.
  package var discount: Int64 { subtotal - amount }
  /// The tax of all rates.
  package var tax: Int64 { taxes.reduce(0) { $0 + $1.amount } }
  /// What is paid for it.
  package var gross: Int64 { net + tax }
}

/// What shipping costs.
package struct PricedShipping: Sendable {
  /// The price of the chosen method. 0 if none is chosen yet.
  package let price: Int64
  /// Whether a method is chosen.
  package let isChosen: Bool
  /// What is taken off because the seller's goods cost enough.
  package let freeShipping: Int64
  /// What each promotion takes off.
  package let discounts: [AppliedDiscount]
  /// What is left, as prices are stated: with or without tax.
  package let amount: Int64
  /// What it costs without tax.
  package let net: Int64
  /// The tax of each rate that is charged.
  package let taxes: [ChargedTax]

  /// The tax of all rates.
  package var tax: Int64 { taxes.reduce(0) { $0 + $1.amount } }
  /// What is paid for it.
  package var gross: Int64 { net + tax }
}

/// What the goods and the shipping of a seller cost.
package struct PricedSeller: Sendable {
  /// The seller.
  package let id: ID
  /// The indexes of its lines in the cart's.
  package let lines: [Int]
  /// What shipping costs.
  package let shipping: PricedShipping
  /// What all goods of the seller cost without tax.
  package let goodsNet: Int64
  /// The tax of goods and shipping.
  package let tax: Int64
  /// What is to be paid, tax included.
  package let total: Int64
  /// What the seller's goods and shipping get of each tender that pays, in the order of the cart's.
  package let payments: [Int64]
  /// What is left to pay.
  package let amountDue: Int64
}

/// What a promotion takes off.
package struct AppliedDiscount: Hashable, Sendable {
  /// The promotion.
  package let promotion: ID
  /// Who bears it.
  package let bearer: Promotion.Bearer
  /// What it takes off, as prices are stated: with or without tax. Above 0.
  package let amount: Int64
}

/// The tax of a rate.
package struct ChargedTax: Hashable, Sendable {
  /// The rate.
  package let rate: TaxRate
  /// The tax. It may be 0.
  package let amount: Int64
}

/// What became of a promotion.
package struct PromotionOutcome: Sendable {
  /// The promotion.
  package let promotion: ID
  /// What it takes off goods and shipping, above 0; or why it takes nothing off.
  package let result: Result<Int64, PromotionRefusal>
}

/// What a tender pays.
package struct TenderPayment: Sendable {
  /// The gift card, or the account of store credit.
  package let tender: ID
  /// What it pays, above 0.
  package let amount: Int64
}
