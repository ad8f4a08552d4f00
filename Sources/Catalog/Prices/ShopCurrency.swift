package import Platform
package import Postgres

/// The currency of the shop: the own prices of all variants are in it, so that amounts are compared as numbers. The
/// database has it from the first start of a server on, and refuses variants in others.
package struct ShopCurrency: Sendable {
  private let currency: Currency

  /// The currency of the setting.
  package init(_ currency: Currency) { self.currency = currency }

  /// Verifies that the prices of the shop are in the currency, and writes it down if another one, or none, was.
  /// - Throws: ``ShopCurrencyError`` when there are prices in another one.
  package func establish(in database: Database) async throws {
    let known = try await database.rows("SELECT s.code FROM catalog.shop_currency s").first?.string("code")
    if known == currency.code { return }
    let code = currency.code
    try await database.transaction { transaction in
      // It reads all variants: that takes a while in a large shop, and happens once.
      try await transaction.execute(
        "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
      // Whoever writes variants has this lock, shared with others.
      try await transaction.execute("SELECT catalog.lock_tree()")
      let others = try await transaction.rows(
        """
        SELECT v.currency, count(*) AS prices
          FROM catalog.variant v
         WHERE v.currency <> \(code)
         GROUP BY v.currency
         ORDER BY count(*) DESC, v.currency
        """)
      guard others.isEmpty else {
        throw ShopCurrencyError(
          currency: code, prices: try others.map { (try $0.string("currency"), try $0.int64("prices")) })
      }
      try await transaction.execute(
        """
        INSERT INTO catalog.shop_currency AS s (code) VALUES (\(code))
            ON CONFLICT ON CONSTRAINT shop_currency_pkey DO UPDATE SET code = excluded.code
        """)
    }
  }
}

/// The shop has prices in other currencies than the one that is set.
package struct ShopCurrencyError: Error, CustomStringConvertible {
  let currency: String
  /// The number of variants by the currency of their prices, the most frequent one first.
  let prices: [(currency: String, count: Int64)]

  /// A sentence with advice.
  package var description: String {
    let counts = prices.map { "\($0.count) in \($0.currency)" }.joined(separator: ", ")
    let all = prices.reduce(0) { $0 + $1.count }
    let most = prices.first?.currency ?? ""
    return """
      the currency of the shop is \(currency) (FASTSHOP_CURRENCY), but \(all) \(all == 1 ? "price is" : "prices are") \
      in others: \(counts). If \(most) is the currency of the shop, set FASTSHOP_CURRENCY=\(most). To change it, \
      convert these prices with the servers stopped: fastshop convert-prices --help
      """
  }
}
