internal import Postgres

/// The queue in the database. Any number of servers may take jobs from it at the same time.
struct JobQueue {
  /// What a server wants of a kind.
  struct Demand: Sendable {
    let kind: String
    /// The number of jobs.
    let slots: Int
    /// The duration of their leases.
    let lease: Duration
  }

  /// A job and the attempt at it that this server makes.
  struct Hold: Sendable, Hashable {
    let id: ID
    let attempt: Int
  }

  /// The end of an attempt.
  struct Ended: Sendable {
    let hold: Hold
    /// The kind of the job.
    let kind: String
    let outcome: JobOutcome
    /// Whether the job is deleted if it is done.
    let isForgotten: Bool
  }

  /// An attempt that this server holds, after ``renew(_:)``.
  struct Renewal: Sendable, Equatable {
    /// Whether an operator has cancelled the job.
    let isCancelled: Bool
    /// Whether the lease was extended: not while a transaction has the job locked, such as one that completes it.
    let isRenewed: Bool
  }

  let database: Database

  /// Takes due jobs of each kind, by priority and then the longest due first, for the duration of the lease. A job
  /// whose lease has expired is due, and its lost attempt counts as a failure.
  func take(_ demands: [Demand], node: String) async throws(PostgresError) -> [TakenJob] {
    try Self.jobs(await database.rows(Self.take(demands, node: node), access: .write))
  }

  /// Takes due jobs of one kind so that at most `most` of them run over all servers. Servers do this one after another.
  func take(_ demand: Demand, ofAtMost most: Int, node: String) async throws -> [TakenJob] {
    try await database.transaction { transaction in
      try await transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtext('jobs.job'), hashtext(\(demand.kind)))")
      // A statement of its own, which sees what was committed before the lock was free.
      let rows = try await transaction.rows(
        """
        SELECT count(*) AS running
          FROM jobs.job
         WHERE kind = \(demand.kind) AND is_counted AND state = 'running' AND due_at > clock_timestamp()
        """)
      let free = most - Int(try rows.first?.int64("running") ?? 0)
      guard free > 0 else { return [] }
      let demand = Demand(kind: demand.kind, slots: min(free, demand.slots), lease: demand.lease)
      return try Self.jobs(await transaction.rows(Self.take([demand], node: node, isCounted: true), access: .write))
    }
  }

  private static func jobs(_ rows: Rows) throws(PostgresError) -> [TakenJob] {
    var jobs: [TakenJob] = []
    jobs.reserveCapacity(rows.count)
    for row in rows { jobs.append(try TakenJob(row)) }
    return jobs
  }

  /// A key that is unique while its job waits is free from now on.
  static func take(_ demands: [Demand], node: String, isCounted: Bool = false) -> Query {
    """
    WITH due AS MATERIALIZED (
      SELECT taken.id, taken.due_at, d.lease
        FROM unnest(\(demands.map(\.kind))::text[], \(demands.map(\.slots))::int[],
                    \(demands.map(\.lease.inSeconds))::double precision[]) d (kind, slots, lease)
       CROSS JOIN LATERAL (
         SELECT ranked.id, ranked.due_at
           FROM unnest('{0,1,2}'::smallint[]) p (priority)
          CROSS JOIN LATERAL (
            SELECT j.id, j.due_at
              FROM jobs.job j
             WHERE j.kind = d.kind AND j.priority = p.priority AND j.ended_at IS NULL
               AND j.due_at <= statement_timestamp()
             ORDER BY j.due_at
             LIMIT d.slots
               FOR UPDATE SKIP LOCKED
          ) ranked
          LIMIT d.slots
       ) taken
    )
    UPDATE jobs.job j
       SET state = 'running', attempt = j.attempt + 1, failures = j.failures + (j.state = 'running')::int,
           due_at = clock_timestamp() + make_interval(secs => due.lease), node = \(node),
           started_at = clock_timestamp(), progress = 0, progress_text = '', is_counted = \(isCounted),
           unique_key = CASE WHEN NOT j.is_unique_while_waiting THEN j.unique_key END
      FROM due
     WHERE j.id = due.id
    RETURNING j.id, j.kind, j.attempt, j.failures, j.payload, j.is_cancelled, j.last_error, j.created_at,
              (extract(epoch FROM j.started_at - due.due_at) * 1e6)::bigint AS delay_us
    """
  }

  /// Ends attempts. Those whose job another server has taken meanwhile change nothing.
  func end(_ attempts: [Ended]) async throws(PostgresError) {
    let forgotten = attempts.filter { $0.isForgotten && $0.outcome.state == .done }
    let kept = attempts.filter { !($0.isForgotten && $0.outcome.state == .done) }
    if !forgotten.isEmpty {
      try await database.execute(
        """
        DELETE FROM jobs.job j
         USING unnest(\(forgotten.map(\.hold.id))::uuid[], \(forgotten.map(\.hold.attempt))::int[]) e (id, attempt)
         WHERE j.id = e.id AND j.attempt = e.attempt AND j.state = 'running'
        """)
    }
    if kept.isEmpty { return }
    try await database.execute(
      """
      UPDATE jobs.job j
         SET state = e.state, failures = j.failures + e.failures, last_error = e.reason,
             due_at = clock_timestamp() + make_interval(secs => e.pause),
             ended_at = CASE WHEN e.state <> 'waiting' THEN clock_timestamp() END,
             progress = CASE WHEN e.state = 'done' THEN 1000 ELSE j.progress END
        FROM unnest(\(kept.map(\.hold.id))::uuid[], \(kept.map(\.hold.attempt))::int[],
                    \(kept.map(\.outcome.state.rawValue))::text[], \(kept.map(\.outcome.failures))::int[],
                    \(kept.map(\.outcome.pause.inSeconds))::double precision[], \(kept.map(\.outcome.reason))::text[])
             e (id, attempt, state, failures, pause, reason)
       WHERE j.id = e.id AND j.attempt = e.attempt AND j.state = 'running'
      """)
  }

  /// Extends leases, and stores progress. Waits for no job that is locked, because all others would wait with it.
  /// - Returns: the attempts that are still held.
  func renew(
    _ held: [(hold: Hold, lease: Duration, progress: JobProgress)]
  ) async throws(PostgresError) -> [Hold: Renewal] {
    let rows = try await database.rows(
      """
      WITH held AS MATERIALIZED (
        SELECT *
          FROM unnest(\(held.map(\.hold.id))::uuid[], \(held.map(\.hold.attempt))::int[],
                      \(held.map(\.lease.inSeconds))::double precision[],
                      \(held.map(\.progress.thousandths))::smallint[], \(held.map(\.progress.text))::text[])
               h (id, attempt, lease, progress, progress_text)
      ), locked AS MATERIALIZED (
        SELECT j.id
          FROM held h
          JOIN jobs.job j ON j.id = h.id AND j.attempt = h.attempt AND j.state = 'running'
           FOR NO KEY UPDATE OF j SKIP LOCKED
      ), renewed AS (
        UPDATE jobs.job j
           SET due_at = clock_timestamp() + make_interval(secs => h.lease), progress = h.progress,
               progress_text = h.progress_text
          FROM locked l
          JOIN held h ON h.id = l.id
         WHERE j.id = l.id
        RETURNING j.id
      )
      SELECT j.id, j.attempt, j.is_cancelled, r.id IS NOT NULL AS is_renewed
        FROM held h
        JOIN jobs.job j ON j.id = h.id AND j.attempt = h.attempt AND j.state = 'running'
        LEFT JOIN renewed r ON r.id = j.id
      """, access: .write)
    var renewals: [Hold: Renewal] = [:]
    for row in rows {
      let hold = Hold(id: try row.id("id"), attempt: Int(try row.int64("attempt")))
      renewals[hold] = Renewal(
        isCancelled: try row.bool("is_cancelled"), isRenewed: try row.bool("is_renewed"))
    }
    return renewals
  }
}

/// How far a job has come.
struct JobProgress: Sendable, Equatable {
  /// The maximum length of a text, in scalars.
  static let textScalarsMax = 200

  /// From 0 to 1,000.
  var thousandths = 0
  var text = ""

  init() {}

  init(_ thousandths: Int, _ text: String) {
    self.thousandths = min(max(thousandths, 0), 1_000)
    self.text = text.withoutControls(scalarsMax: Self.textScalarsMax)
  }
}

extension Duration {
  /// Seconds and their fractions.
  package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
