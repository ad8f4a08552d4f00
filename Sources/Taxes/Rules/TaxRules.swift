package import Platform
package import Postgres
package import Pricing

/// Goods whose rates of tax are looked for.
package struct TaxableGoods: Hashable, Sendable {
  /// The product; nil for goods of no product.
  package var product: ID?
  /// The product's category of the catalogue and those above it, the nearest first.
  package var categories: [ID]
  /// The tax category, instead of that of the product.
  package var taxCategory: String?

  /// Goods.
  package init(product: ID?, categories: [ID] = [], taxCategory: String? = nil) {
    self.product = product
    self.categories = categories
    self.taxCategory = taxCategory
  }
}

/// Where goods are sent to.
package struct TaxedDestination: Hashable, Sendable {
  /// ISO 3166-1.
  package var country: String
  /// The region as addresses have it; empty for none.
  package var region: String
  /// The postal code as people write it; empty for none.
  package var postalCode: String

  /// A destination.
  package init(country: String, region: String = "", postalCode: String = "") {
    self.country = country
    self.region = region
    self.postalCode = postalCode
  }
}

/// Who buys.
package struct TaxedBuyer: Hashable, Sendable {
  /// The account; nil for a guest.
  package var user: ID?
  /// The tax number that the buyer gave, in any form; nil for none.
  package var taxNumber: String?

  /// A buyer.
  package init(user: ID? = nil, taxNumber: String? = nil) {
    self.user = user
    self.taxNumber = taxNumber
  }
}

/// Why rates are charged, or none.
package enum TaxCause: Hashable, Sendable {
  /// The destination has rates.
  case rates
  /// It has none, though the shop would charge tax there.
  case noRate
  /// The goods leave the area whose tax the shop charges.
  case export
  /// The buyer is exempt.
  case exempt(exemption: ID)
  /// The buyer owes the tax, as a business with this registered number.
  case reverseCharge(number: String)
  /// The settings say so, of shipping.
  case notTaxed
}

/// The rates on goods or on shipping, and why.
package struct ExplainedRates: Sendable {
  /// The rates.
  package let rates: TaxRates
  /// Why.
  package let cause: TaxCause
  /// The tax category by which rates were looked for; empty for none.
  package let category: String
}

/// What is known of the number that a buyer gave.
package enum BuyerNumberState: Hashable, Sendable {
  /// None was given.
  case none
  /// It is no number of the European Union.
  case malformed
  /// Its check digits are wrong.
  case wrongCheckDigits
  /// Nothing lately: CheckTaxNumber asks the authorities.
  case notChecked
  /// The authorities do not know it.
  case notRegistered
  /// They know it.
  case registered
}

/// The taxes of a whole cart.
package struct CartTaxes: Sendable {
  /// How Pricing computes tax.
  package let taxation: Taxation
  /// The rates on each of the goods, in their order.
  package let goods: [ExplainedRates]
  /// The rates on shipping, for every seller: nil if shipping is taxed as the goods are.
  package let shipping: ExplainedRates?
  /// What is known of the buyer's number.
  package let number: BuyerNumberState
  /// What invoices call each of the rates.
  package let titles: [ID: String]

  /// The rates on shipping, as Pricing takes them.
  package var shippingTax: ShippingTax { shipping.map { .rates($0.rates) } ?? .ofGoods }
}

/// The rules of the shop about taxes.
package enum TaxRules {
  /// Goods of one question: the lines of a cart.
  package static let goodsMax = PricingLimits.linesMax

  /// The rates on goods that are sent to a destination at a time, in three statements whatever there is of them.
  package static nonisolated(nonsending) func rates(
    for goods: [TaxableGoods], to destination: TaxedDestination, buyer: TaxedBuyer, at time: Instant,
    in runner: some QueryRunner
  ) async throws -> CartTaxes {
    let entered = EnteredBuyerNumber(buyer.taxNumber)
    let shop = try await ShopTaxation.read(destination, buyer.user, entered, at: time, in: runner)
    let categories = try await GoodsCategories.read(goods, in: runner)
    let candidates = try await RateCandidates.read(
      destination, home: shop.homeCountry, categories.all.union([shop.shippingCategory]), on: shop.day, in: runner)
    let choice = RateChoice(shop: shop, destination: destination, entered: entered, candidates: candidates)
    return CartTaxes(
      taxation: shop.taxation, goods: categories.ofGoods.map { choice.rates(of: $0) }, shipping: choice.shipping(),
      number: choice.number, titles: candidates.titles)
  }
}
