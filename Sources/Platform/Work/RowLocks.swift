package import Postgres

/// How strongly rows are locked.
package enum RowLockStrength: Sendable {
  /// Others may neither change nor delete the rows, nor refer to their keys.
  case update
  /// The same, but others may refer to their keys: for changes that leave the key alone.
  case noKeyUpdate
  /// Others may not change or delete the rows, but lock them as well.
  case share
  /// Others may change what is not a key of the rows, but neither delete them nor lock them with ``update``: what a
  /// foreign key does.
  case keyShare

  fileprivate var clause: Query {
    switch self {
    case .update: "FOR UPDATE"
    case .noKeyUpdate: "FOR NO KEY UPDATE"
    case .share: "FOR SHARE"
    case .keyShare: "FOR KEY SHARE"
    }
  }
}

extension Work {
  /// Locks rows by their ids, in one statement and always in the order of the ids, so that works which lock several of
  /// the same rows wait for one another instead of ending in a deadlock.
  ///
  /// ```swift
  /// let stocks = try await work.lockRows(of: "inventory.stock", by: "variant_id", ids, reading: "variant_id, on_hand")
  /// guard stocks.count == ids.count else { throw … }
  /// ```
  /// - Parameter condition: what else holds for the rows: others are neither locked nor read.
  /// - Returns: the columns of those that exist, in the order of the ids.
  package nonisolated(nonsending) func lockRows(
    of table: Query, by key: Query, _ ids: [ID], where condition: Query = "true", reading columns: Query,
    _ strength: RowLockStrength = .noKeyUpdate
  ) async throws(PostgresError) -> Rows {
    try await sendRowLocks(of: table, by: key, ids, where: condition, reading: columns, strength).rows()
  }

  /// The same, without waiting for the locks: for rows that many want. What follows them is sent with COMMIT, so others
  /// wait for no round trip. The changes must verify what they rely on: see ``sendRequirement(_:rows:_:)``.
  @discardableResult
  package func sendRowLocks(
    of table: Query, by key: Query, _ ids: [ID], where condition: Query = "true", reading columns: Query,
    _ strength: RowLockStrength = .noKeyUpdate
  ) -> PendingAnswer {
    send(
      """
      SELECT \(columns)
        FROM \(table)
       WHERE \(key) = ANY (\(ids)::uuid[]) AND \(condition)
       ORDER BY \(key) \(strength.clause)
      """)
  }
}
