package import Postgres

/// Deletes ended jobs: done ones after a day, and given up or cancelled ones after 90 days.
package enum JobRetention {
  /// Deletes a batch.
  /// - Returns: the number of jobs.
  package static func deleteBatch(_ database: Database) async throws(PostgresError) -> Int {
    try await database.execute(
      .deletingBatch(of: "jobs.job", where: isOld))
  }

  /// Each state has its own condition, so that the index of ended jobs finds the rows.
  static var isOld: Query {
    """
    ended_at IS NOT NULL AND (unique_until IS NULL OR unique_until < platform.retention_time())
    AND (state = 'done' AND ended_at < platform.retention_time() - interval '1 day'
         OR state = 'dead' AND ended_at < platform.retention_time() - interval '90 days'
         OR state = 'cancelled' AND ended_at < platform.retention_time() - interval '90 days')
    """
  }
}
