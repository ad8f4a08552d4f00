internal import Postgres

/// The number of jobs of a kind, over all servers.
package struct JobDepth: Sendable, Equatable {
  /// The kind.
  package let kind: String
  /// The numbers by state, of the states that are not ended, and of dead jobs.
  package var counts: [JobState: Int] = [:]
  /// The age of the oldest job that is due, or was once and failed, in seconds.
  package var oldestSeconds = 0
}

extension JobQueue {
  /// The depth of each kind of `kinds`.
  func depths(_ kinds: [String]) async throws(PostgresError) -> [JobDepth] {
    let rows = try await database.rows(Self.depthQuery)
    var depths = Dictionary(kinds.map { ($0, JobDepth(kind: $0)) }) { first, _ in first }
    for row in rows {
      guard let state = JobState(rawValue: try row.string("state")) else { throw .mapping("a job's state") }
      let kind = try row.string("kind")
      // Kinds that only another version of the program knows have no series.
      depths[kind]?.counts[state] = Int(try row.int64("count"))
      if state == .waiting { depths[kind]?.oldestSeconds = Int(try row.int64("oldest")) }
    }
    return depths.values.sorted { $0.kind < $1.kind }
  }

  /// Jobs that are done are most of the table. Each of the two conditions names the index that leaves them out.
  static var depthQuery: Query {
    """
    SELECT kind, state, count(*) AS count,
           greatest(0, coalesce(extract(epoch FROM statement_timestamp() - min(created_at) FILTER (
             WHERE state = 'waiting' AND (due_at <= statement_timestamp() OR failures > 0))), 0))::bigint AS oldest
      FROM jobs.job
     WHERE ended_at IS NULL OR state = 'dead' AND ended_at IS NOT NULL
     GROUP BY kind, state
    """
  }
}
