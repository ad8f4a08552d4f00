internal import Platform
package import Postgres

/// Forgets what counts no more, so that what strangers can cause stays bounded.
package enum SecurityUpkeep {
  /// Slates that one statement forgets.
  private static let recordsDeletedMax = 5_000

  /// Failures are kept for two days, twice as long as they count; events for 400 days.
  package static func sweep(_ database: Database) async throws(PostgresError) {
    try await database.execute("SELECT security.drop_old_events(\(Query.kept("interval '400 days'")))")
    var forgotten = recordsDeletedMax
    while forgotten == recordsDeletedMax {
      // In batches, so that no statement takes long and no lock is held for long. A record that somebody holds is left
      // for the next time: who waited for it, with others locked, could be waited for.
      forgotten = try await database.execute(
        """
        DELETE FROM security.failure f
         USING (SELECT subject, key
                  FROM security.failure
                 WHERE last_at < now() - interval '2 days'
                 ORDER BY last_at
                 LIMIT \(recordsDeletedMax)
                   FOR UPDATE SKIP LOCKED) old
         WHERE (f.subject, f.key) = (old.subject, old.key)
        """)
    }
  }
}
