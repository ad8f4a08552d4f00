package import Postgres

/// A consumer as operators see it.
package struct ConsumerStatus: Sendable {
  /// Its name.
  package let name: String
  /// Its cursor.
  package let seq: Int64
  /// The numbers of the log that it has not gone through, those of other topics among them.
  package let behind: Int64
  /// The age of the first event that it has not gone through, of whatever topic; zero when there is none.
  package let lag: Duration
  /// The server that runs it; empty when none does.
  package let owner: String
  /// How often its next event has failed.
  package let attempts: Int64
  /// The events that it has given up.
  package let parked: Int64

  /// All consumers that have run on the database.
  package static func all(_ database: Database) async throws(PostgresError) -> [ConsumerStatus] {
    let rows = try await database.rows(
      """
      SELECT c.name, c.seq, greatest(CASE WHEN s.is_called THEN s.last_value ELSE 0 END - c.seq, 0) AS behind,
             coalesce((SELECT greatest(extract(epoch FROM clock_timestamp() - e.at) * 1000, 0)::bigint
                         FROM platform.event e
                        WHERE e.seq > c.seq
                        ORDER BY e.seq
                        LIMIT 1), 0) AS lag_ms,
             CASE WHEN c.lease_until > clock_timestamp() THEN c.owner ELSE '' END AS owner,
             c.attempts::bigint AS attempts,
             (SELECT count(*) FROM platform.consumer_dead_letter d WHERE d.consumer = c.name) AS parked
        FROM platform.consumer c, platform.event_seq s
       ORDER BY c.name
      """)
    var all: [ConsumerStatus] = []
    for row in rows {
      all.append(
        ConsumerStatus(
          name: try row.string("name"), seq: try row.int64("seq"), behind: try row.int64("behind"),
          lag: .milliseconds(try row.int64("lag_ms")), owner: try row.string("owner"),
          attempts: try row.int64("attempts"), parked: try row.int64("parked")))
    }
    return all
  }
}
