internal import Platform
internal import Postgres

/// What must be so before prices are converted into another currency.
struct PriceConversionStart {
  private let former: Currency
  private let new: Currency

  init(from former: Currency, to new: Currency) { (self.former, self.new) = (former, new) }

  /// - Throws: ``ServersConnected``; ``NothingToConvert`` when there are prices, but none in the former currency, and
  ///   not all in the new one, as after a conversion.
  func verify(_ database: Database) async throws {
    try await database.transaction { transaction in
      // A server that was stopped a moment ago needs no longer to disconnect.
      try await transaction.execute("SET LOCAL lock_timeout = '2s'")
      try await ServerPresence.verifyNone(transaction)
    }
    let rows = try await database.rows(
      "SELECT v.currency FROM catalog.variant v GROUP BY v.currency ORDER BY count(*) DESC, v.currency")
    let found = try rows.map { try $0.string("currency") }
    guard found.isEmpty || found == [new.code] || found.contains(former.code) else {
      throw NothingToConvert(former: former.code, found: found)
    }
  }
}

/// No price is in the currency that is to be converted.
package struct NothingToConvert: Error, CustomStringConvertible {
  let former: String
  /// The currencies that there are, the most frequent one first.
  let found: [String]

  /// A sentence with advice.
  package var description: String {
    "no price is in \(former), so nothing was converted: the prices are in \(found.joined(separator: ", "))"
  }
}
