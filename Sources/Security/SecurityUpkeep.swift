package import Platform
internal import Postgres

/// Deletes records that do not count any more, so strangers cannot fill the database.
package enum SecurityUpkeep {
  /// Failures are kept for two days, twice as long as they count, and events for 400 days.
  package static let chores: [Chore] = [
    Chore("security.events", "35 */6 * * *") { database in
      try await database.execute("SELECT security.drop_old_events(\(Query.kept("interval '400 days'")))")
      return 1
    },
    Chore("security.failures", "40 * * * *") { database in
      try await database.execute(.deletingBatch(of: "security.failure", where: "last_at < now() - interval '2 days'"))
    },
  ]
}
