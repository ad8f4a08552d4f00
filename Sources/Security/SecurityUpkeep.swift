internal import Platform
package import Postgres

/// Deletes records that do not count any more, so strangers cannot fill the database.
package enum SecurityUpkeep {
  /// The maximum number of records that one statement deletes.
  private static let recordsDeletedMax = 5_000

  /// Deletes failures after two days, twice as long as they count, and events after 400 days.
  package static func sweep(_ database: Database) async throws(PostgresError) {
    try await database.execute("SELECT security.drop_old_events(\(Query.kept("interval '400 days'")))")
    var deleted = recordsDeletedMax
    while deleted == recordsDeletedMax {
      // Batches keep statements and locks short. A locked record is skipped until the next time: waiting for it with
      // other records locked could deadlock.
      deleted = try await database.execute(
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
