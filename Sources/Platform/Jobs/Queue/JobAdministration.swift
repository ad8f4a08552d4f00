package import Postgres

/// The queue, for operators.
package enum JobAdministration {
  /// The maximum number of jobs of a list.
  package static let pageMax = 200

  /// A job as operators see it. Times are as Postgres writes them in UTC, and empty where there is none.
  package struct Entry: Sendable {
    /// The id of the job.
    package let id: ID
    /// Its kind.
    package let kind: String
    /// Its state.
    package let state: String
    /// The number of attempts.
    package let attempt: Int
    /// The number of failures.
    package let failures: Int
    /// What it is about, in JSON.
    package let payload: String
    /// How far it has come, in thousandths.
    package let progress: Int
    /// What it is doing.
    package let progressText: String
    /// The server that took it last.
    package let node: String
    /// Why the last attempt failed.
    package let lastError: String
    /// When it was enqueued.
    package let createdAt: String
    /// When it is due; of a running job, when its lease ends.
    package let dueAt: String
    /// When it was taken last.
    package let startedAt: String
    /// When it ended.
    package let endedAt: String
  }

  /// A schedule as operators see it.
  package struct ScheduleEntry: Sendable {
    /// Its name.
    package let name: String
    /// Its expression.
    package let expression: String
    /// Its time zone.
    package let zone: String
    /// When it runs next.
    package let nextAt: String
    /// When it ran last; empty before the first time.
    package let lastAt: String
  }

  private static var columns: Query {
    """
    j.id, j.kind, j.state, j.attempt, j.failures, j.payload, j.progress, j.progress_text, j.node, j.last_error,
    \(Query.timeText("j.created_at")) AS created, \(Query.timeText("j.due_at")) AS due,
    \(Query.timeText("j.started_at")) AS started, \(Query.timeText("j.ended_at")) AS ended
    """
  }

  /// The newest jobs of a state and a kind, or of all.
  package static func list(
    state: JobState?, kind: String?, limit: Int, _ database: Database
  ) async throws(PostgresError) -> [Entry] {
    try entries(
      await database.rows(
        """
        SELECT \(columns)
          FROM jobs.job j
         WHERE (\(state?.rawValue)::text IS NULL OR j.state = \(state?.rawValue))
           AND (\(kind)::text IS NULL OR j.kind = \(kind))
         ORDER BY j.id DESC
         LIMIT \(min(max(limit, 1), pageMax))
        """))
  }

  /// A job; nil if there is none of that id.
  package static func job(_ id: ID, _ database: Database) async throws(PostgresError) -> Entry? {
    try entries(await database.rows("SELECT \(columns) FROM jobs.job j WHERE j.id = \(id)")).first
  }

  private static func entries(_ rows: Rows) throws(PostgresError) -> [Entry] {
    var entries: [Entry] = []
    for row in rows {
      entries.append(
        Entry(
          id: try row.id("id"), kind: try row.string("kind"), state: try row.string("state"),
          attempt: Int(try row.int64("attempt")), failures: Int(try row.int64("failures")),
          payload: try row.string("payload"), progress: Int(try row.int64("progress")),
          progressText: try row.string("progress_text"), node: try row.string("node"),
          lastError: try row.string("last_error"), createdAt: try row.string("created"),
          dueAt: try row.string("due"), startedAt: try row.string("started"), endedAt: try row.string("ended")))
    }
    return entries
  }

  /// The jobs that ``retry(_:in:)`` enqueues again.
  package enum Choice: Sendable {
    /// The jobs with these ids.
    case ids([ID])
    /// All dead jobs of a kind.
    case dead(kind: String)
  }

  /// Enqueues dead or cancelled jobs again, with all their attempts. Of jobs with the same key, the newest is enqueued,
  /// and none while another job has the key.
  /// - Returns: the number of jobs.
  package static func retry(_ choice: Choice, in work: Work) async throws(PostgresError) -> Int {
    let chosen: Query =
      switch choice {
      case .ids(let ids): "j.id = ANY (\(ids)::uuid[])"
      case .dead(let kind): "j.kind = \(kind) AND j.state = 'dead'"
      }
    let rows = try await work.rows(
      """
      UPDATE jobs.job j
         SET state = 'waiting', ended_at = NULL, failures = 0, due_at = clock_timestamp(), last_error = '',
             is_cancelled = false
       WHERE j.id IN (SELECT DISTINCT ON (j.kind, coalesce(j.unique_key, j.id::text)) j.id
                        FROM jobs.job j
                       WHERE j.state = ANY (\(JobState.allowing(.retry))) AND \(chosen)
                       ORDER BY j.kind, coalesce(j.unique_key, j.id::text), j.id DESC)
         AND NOT EXISTS (SELECT FROM jobs.job o
                          WHERE o.kind = j.kind AND o.unique_key = j.unique_key AND o.id <> j.id
                            AND (o.ended_at IS NULL OR o.unique_until IS NOT NULL))
      RETURNING j.kind
      """, access: .write)
    for row in rows { work.jobKinds.insert(try row.string("kind")) }
    return rows.count
  }

  /// Cancels jobs: those that wait at once, those that run as soon as their server knows and their code lets them.
  /// - Returns: the number of jobs.
  package static func cancel(_ ids: [ID], in work: Work) async throws(PostgresError) -> Int {
    let count = try await work.execute(
      """
      UPDATE jobs.job
         SET is_cancelled = true, state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END,
             ended_at = CASE state WHEN 'waiting' THEN clock_timestamp() END
       WHERE id = ANY (\(ids)::uuid[]) AND state = ANY (\(JobState.allowing(.cancel)))
      """)
    if count > 0 { work.send(NotificationChannel.jobs.notify([Jobs.cancelNotification])) }
    return count
  }

  /// All schedules, by name.
  package static func schedules(_ database: Database) async throws(PostgresError) -> [ScheduleEntry] {
    let rows = try await database.rows(
      """
      SELECT s.name, s.expression, s.zone,
             \(Query.timeText("s.next_at")) AS next, \(Query.timeText("s.last_at")) AS last
        FROM jobs.schedule s
       ORDER BY s.name
      """)
    var entries: [ScheduleEntry] = []
    for row in rows {
      entries.append(
        ScheduleEntry(
          name: try row.string("name"), expression: try row.string("expression"), zone: try row.string("zone"),
          nextAt: try row.string("next"), lastAt: try row.string("last")))
    }
    return entries
  }

  /// Makes a schedule due now: a server enqueues its job within seconds.
  /// - Returns: whether there is such a schedule.
  package static func run(schedule name: String, _ database: Database) async throws(PostgresError) -> Bool {
    try await database.execute(
      "UPDATE jobs.schedule SET next_at = least(next_at, clock_timestamp()) WHERE name = \(name)") == 1
  }
}
