package import Platform

/// Everything that decides what a cart costs. Its price depends on nothing else, and not on the order of anything in
/// it.
package struct UnpricedCart: Sendable {
  /// The currency of every amount.
  package var currency: Currency
  /// The goods: ``PricingLimits/linesMax`` at most.
  package var lines: [CartLine]
  /// The promotions that the buyer may have, by codes or without: ``PricingLimits/promotionsMax`` at most.
  package var promotions: [Promotion]
  /// How the goods of each seller are shipped: one for a seller at most. The shipping of a seller without one is not
  /// known yet, and costs nothing.
  package var shipping: [ShippingChoice]
  /// How tax is computed.
  package var taxation: Taxation
  /// What pays for it before the payment: gift cards and store credit.
  package var tenders: [Tender]
  /// What promotions ask of the buyer.
  package var buyer: Buyer
  /// The time at which it is priced.
  package var now: Instant

  /// A cart of goods, without promotions, shipping and tax.
  package init(in currency: Currency, lines: [CartLine], at now: Instant) {
    self.currency = currency
    self.lines = lines
    self.now = now
    promotions = []
    shipping = []
    taxation = Taxation()
    tenders = []
    buyer = Buyer()
  }
}

/// A number of units of a variant.
package struct CartLine: Sendable {
  /// The line's id. It decides who gets a minor unit that two lines are entitled to.
  package var id: ID
  /// The seller of the variant.
  package var seller: ID
  /// The product of the variant.
  package var product: ID
  /// The product's category and all categories above it.
  package var categories: [ID]
  /// The number of units: 1 to ``PricingLimits/quantityMax``.
  package var quantity: Int64
  /// The price of a unit, as the catalogue quotes it for the quantity, the channel, the segment and the time.
  package var unitPrice: Money
  /// The taxes on it.
  package var taxes: TaxRates

  /// A line of goods.
  package init(
    _ id: ID, of seller: ID, product: ID, categories: [ID] = [], quantity: Int64, unitPrice: Money,
    taxes: TaxRates = TaxRates()
  ) {
    self.id = id
    self.seller = seller
    self.product = product
    self.categories = categories
    self.quantity = quantity
    self.unitPrice = unitPrice
    self.taxes = taxes
  }
}

/// How the goods of a seller are shipped.
package struct ShippingChoice: Sendable {
  /// The seller.
  package var seller: ID
  /// The price of the chosen method.
  package var price: Money
  /// The amount of the seller's goods, after discounts, from which on shipping costs nothing. Nil if it always does.
  package var freeFrom: Money?
  /// The taxes on it.
  package var tax: ShippingTax

  /// A choice.
  package init(_ seller: ID, price: Money, freeFrom: Money? = nil, tax: ShippingTax = .ofGoods) {
    self.seller = seller
    self.price = price
    self.freeFrom = freeFrom
    self.tax = tax
  }
}

/// The taxes on shipping.
package enum ShippingTax: Sendable {
  /// Those of the goods: shipping is shared out over the seller's lines by their amounts, or by their quantities if all
  /// goods are free. It is an ancillary supply (Directive 2006/112/EC, article 78 (b)), which follows the goods.
  case ofGoods
  /// Rates of its own.
  case rates(TaxRates)
}

/// What pays for a cart before the payment does. Tenders pay one after another: gift cards first, the one that expires
/// soonest before others, then store credit.
package struct Tender: Sendable {
  /// The gift card, or the account of store credit.
  package var id: ID
  /// What it is.
  package var kind: Kind
  /// What it may pay at most: its balance, or less if the buyer wants less.
  package var available: Money

  /// The kind of a tender.
  package enum Kind: Hashable, Sendable {
    /// A gift card, and when it expires.
    case giftCard(expires: Instant?)
    /// Store credit.
    case storeCredit
  }

  /// A tender.
  package init(_ id: ID, _ kind: Kind, available: Money) {
    self.id = id
    self.kind = kind
    self.available = available
  }
}
