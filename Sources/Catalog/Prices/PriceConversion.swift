package import Platform
package import Postgres

/// The conversion of own prices into another currency, which becomes that of the shop. No server runs meanwhile: one
/// would show products of both currencies in its lists.
package struct PriceConversion: Sendable {
  private static let productsMax = 250

  private let former: Currency
  private let new: Currency
  /// The price of a unit of the former currency in the new one.
  private let rate: Rate

  /// Nil unless the currencies differ, and the rate is above 0.
  package init?(from former: Currency, to new: Currency, rate: Rate) {
    guard former != new, rate.numerator > 0 else { return nil }
    (self.former, self.new, self.rate) = (former, new, rate)
  }

  /// Converts the prices in batches of products, and then the rules of collections. After an interruption, it
  /// goes on when it is run again.
  /// - Returns: the number of variants with another price.
  /// - Throws: ``ServersConnected``; ``NothingToConvert``; ``PriceConversionError`` for a price that would be too high,
  ///   before any is converted.
  package func run(_ database: Database, byCommand command: String, vault: Vault?) async throws -> Int {
    try await PriceConversionStart(from: former, to: new).verify(database)
    try await verifyPrices(of: "v.currency = \(former.code)", database)
    // Servers verify all prices again when they start, also after an interruption.
    try await database.execute("DELETE FROM catalog.shop_currency")
    var (converted, last): (Int, ID?) = (0, ID.none)
    while let position = last {
      let batch = try await database.work(as: .command(command, vault: vault)) { work in
        try await convert(after: position, in: work)
      }
      converted += batch.variants
      last = batch.last
    }
    let rules = RuleConversion(former: former, new: new) { amount($0) }
    try await rules.run(database, byCommand: command, vault: vault)
    return converted
  }

  /// Converts the prices of the next products. `last` is nil when there are no more.
  private func convert(after position: ID, in work: Work) async throws -> (last: ID?, variants: Int) {
    let store = PriceStore(work: work, sellers: .every)
    try await ServerPresence.verifyNone(work)
    work.send("SELECT catalog.lock_tree_shared()")
    let rows = try await work.rows(
      """
      SELECT p.id
        FROM catalog.product p
       WHERE p.id IN (SELECT DISTINCT v.product_id
                        FROM catalog.variant v
                       WHERE v.product_id > \(position) AND v.currency = \(former.code)
                       ORDER BY v.product_id
                       LIMIT \(Self.productsMax))
       ORDER BY p.id
         FOR NO KEY UPDATE
      """, access: .write)
    let products = try rows.map { try $0.id("id") }
    guard let last = products.last else { return (nil, 0) }
    let ofProducts: Query = "v.product_id = ANY (\(products)::uuid[]) AND v.currency = \(former.code)"
    try await verifyPrices(of: ofProducts, work)
    work.send(
      """
      UPDATE catalog.price r
         SET ends_at = greatest(r.starts_at, clock_timestamp())
        FROM catalog.variant v
       WHERE r.variant_id = v.id AND r.price_list_id IS NULL AND r.is_scheduled AND r.ends_at > clock_timestamp()
         AND \(ofProducts)
      """)
    let variants = try await work.execute(
      "UPDATE catalog.variant v SET price_minor = \(price), currency = \(new.code) WHERE \(ofProducts)")
    for product in products { try work.audit("catalog.product.convert_prices", on: ProductStore.type, product) }
    try await store.renew(Set(products), regular: Set(products))
    return (last, variants)
  }

  /// - Throws: ``PriceConversionError`` when a price of these variants, `v`, would be too high.
  private func verifyPrices(of variants: Query, _ runner: some QueryRunner) async throws {
    let tooHigh = try await runner.rows(
      "SELECT v.sku FROM catalog.variant v WHERE \(variants) AND \(price) > \(RequestCheck.variantPriceMax) LIMIT 1",
      access: .write)
    if let row = tooHigh.first { throw PriceConversionError(sku: try row.string("sku")) }
  }

  /// The new price of a variant.
  private var price: Query { amount("v.price_minor::numeric") }

  /// The new amount, in minor units: half a unit is rounded up, and no price becomes 0.
  private func amount(_ former: Query) -> Query {
    let shift = new.exponent - self.former.exponent
    return """
      greatest(sign(\(former)),
               round(\(former) * \(rate.numerator)::bigint * power(10::numeric, \(shift)::int)
                     / \(rate.denominator)::bigint))
      """
  }
}

/// A price would be too high in the new currency.
package struct PriceConversionError: Error, CustomStringConvertible {
  let sku: String

  /// A sentence with advice.
  package var description: String {
    "the price of the variant \(sku) would be above \(RequestCheck.variantPriceMax) minor units: is the rate right?"
  }
}
