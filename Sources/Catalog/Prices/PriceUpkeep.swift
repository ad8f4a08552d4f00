internal import Platform
internal import Postgres

/// Ends the prices of lists that have ended or are deleted, so that quotes do not read them. Nobody notices: a price
/// holds no longer than its list.
enum PriceUpkeep {
  static let chore = Chore("catalog.ended-price-lists", "*/10 * * * *", batch: endPrices)

  /// Lists that a batch looks at.
  private static let listsMax = 1_000

  /// - Returns: the number of prices that it ended.
  @Sendable static func endPrices(_ database: Database) async throws -> Int {
    try await database.execute(
      """
      UPDATE catalog.price_list l
         SET are_prices_ended = true
       WHERE l.id IN (\(lists)) AND NOT EXISTS (SELECT FROM catalog.price r WHERE r.price_list_id = l.id AND \(isOpen))
      """)
    return try await database.execute(
      """
      UPDATE catalog.price r
         SET ends_at = greatest(r.starts_at, clock_timestamp())
       WHERE r.id IN (SELECT r.id
                        FROM (\(lists)) e
                        JOIN catalog.price r ON r.price_list_id = e.id AND \(isOpen)
                       LIMIT \(Chore.batchRowsMax))
      """)
  }

  /// Whoever sets prices in a list has seen that it has not ended, and commits within the minutes.
  private static var lists: Query {
    """
    SELECT o.id
      FROM catalog.price_list o
     WHERE NOT o.are_prices_ended AND least(o.ends_at, o.deleted_at) < now() - interval '5 minutes'
     ORDER BY least(o.ends_at, o.deleted_at)
     LIMIT \(listsMax)
    """
  }

  private static var isOpen: Query { "r.ends_at > now() AND r.starts_at < r.ends_at" }
}
