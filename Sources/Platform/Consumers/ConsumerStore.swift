internal import EventLoop
internal import Postgres

/// One consumer's row in the database, as one process sees it.
struct ConsumerStore {
  /// A process that stands still inside a transaction loses it after so long, and with it the lock on the row.
  private static let silenceMs: Int64 = 3_000
  /// The maximum length of an error that is kept, in scalars.
  static let reasonScalarsMax = 1_000

  /// What a process holds in its transaction: nobody else moves the cursor before it ends.
  struct Claim {
    let seq: Int64
    /// Its next event failed, and it is not yet time to try again.
    let waits: Bool
  }

  /// What the transaction of a batch begins with.
  struct Batch {
    let claim: Claim
    let ends: LogQueries.Ends
    /// The next events.
    let events: [LoggedEvent]
    /// The number up to which there are no others.
    let reached: Int64
  }

  let consumer: Consumer
  /// The process.
  let owner: String
  var lease = ConsumerLease()

  /// Registers the consumer, unless it is known.
  func register(at present: Int64, _ database: Database) async throws(PostgresError) {
    try await database.execute(
      """
      INSERT INTO platform.consumer (name, seq)
      SELECT \(consumer.name), CASE WHEN \(consumer.start == .present) THEN \(present)::bigint ELSE l.floor_seq END
        FROM platform.event_log l
          ON CONFLICT DO NOTHING
      """)
  }

  // MARK: A batch

  /// Takes the consumer, or keeps it, and reads its next events, in one round trip; nil when another process has it.
  nonisolated(nonsending) func begin(_ page: ConsumerPage, _ transaction: Transaction) async throws(PostgresError)
    -> Batch?
  {
    let claimed = transaction.send(claimQuery)
    let ends = transaction.send(LogQueries.endsQuery)
    let rows = try await transaction.rows(query(page))
    guard let claim = try Claim(await claimed.rows()) else { return nil }
    let found = try LogQueries.Ends(await ends.rows())
    var events: [LoggedEvent] = []
    for row in rows { events.append(try LoggedEvent(row)) }
    let end = min(page.last, max(claim.seq, found.floor) + Int64(page.numbersMax))
    // When old events were deleted in between, the page began later, and so it ended later, too.
    let lastEvent = events.last?.header.seq ?? 0
    let isFull = events.count >= page.eventsMax
    return Batch(claim: claim, ends: found, events: events, reached: isFull ? lastEvent : max(end, lastEvent))
  }

  /// Takes the consumer, or keeps it; nil when another process has it.
  nonisolated(nonsending) func claim(_ transaction: Transaction) async throws(PostgresError) -> Claim? {
    try Claim(await transaction.rows(claimQuery, access: .write))
  }

  /// A lease that is longer than any was given before the database's clock was set back.
  private var claimQuery: Query {
    """
    WITH free AS (
      SELECT f.name
        FROM platform.consumer f
       WHERE f.name = \(consumer.name)
         AND (f.owner = \(owner)
              OR f.lease_until NOT BETWEEN clock_timestamp() AND clock_timestamp() + \(lease.interval))
         FOR UPDATE SKIP LOCKED
    )
    UPDATE platform.consumer c
       SET owner = \(owner), lease_until = clock_timestamp() + \(lease.interval)
      FROM free
     WHERE c.name = free.name
    RETURNING c.seq, c.retry_at > clock_timestamp() AS waits,
              set_config('idle_in_transaction_session_timeout', \(String(Self.silenceMs)), true) AS silence
    """
  }

  /// The events after the cursor of this process. A cursor before the oldest event continues with that.
  private func query(_ page: ConsumerPage) -> Query {
    """
    SELECT \(LoggedEvent.columns)
      FROM (SELECT greatest(c.seq, (SELECT l.floor_seq FROM platform.event_log l)) AS seq
              FROM platform.consumer c
             WHERE c.name = \(consumer.name) AND c.owner = \(owner) AND c.retry_at <= clock_timestamp()) c,
           LATERAL platform.events_after(
             c.seq, least(\(page.last), c.seq + \(page.numbersMax)::int), \(page.numbersMax)::int) e
     WHERE e.topic = ANY (\(consumer.topics)::text[])
     ORDER BY e.seq
     LIMIT \(page.eventsMax)
    """
  }

  /// Moves the cursor, in the transaction of the effects. It travels with COMMIT.
  func move(to seq: Int64, _ transaction: Transaction) {
    transaction.send(
      """
      UPDATE platform.consumer
         SET seq = \(seq), attempts = 0, retry_at = '-infinity'
       WHERE name = \(consumer.name)
      """)
  }

  // MARK: Failures

  /// Notes that the event after `seq` has failed.
  /// - Returns: how often it has, in all; nil when another process has the consumer.
  func failed(after seq: Int64, _ database: Database) async throws(PostgresError) -> Int? {
    let rows = try await database.rows(
      """
      UPDATE platform.consumer
         SET attempts = attempts + 1
       WHERE name = \(consumer.name) AND owner = \(owner) AND seq = \(seq)
      RETURNING attempts::bigint AS attempts
      """, access: .write)
    return try rows.first.map { row throws(PostgresError) in Int(try row.int64("attempts")) }
  }

  /// The event after `seq` is tried again after `pause`.
  func postpone(after seq: Int64, for pause: Duration, _ database: Database) async throws(PostgresError) {
    try await database.execute(
      """
      UPDATE platform.consumer
         SET retry_at = clock_timestamp() + \(pause.nanoseconds / 1_000_000)::bigint * interval '1 millisecond'
       WHERE name = \(consumer.name) AND owner = \(owner) AND seq = \(seq)
      """)
  }

  /// Parks the event, which was tried so often, and which the cursor then passes.
  func park(
    _ event: LoggedEvent, after seq: Int64, _ reason: String, attempts: Int, _ database: Database
  ) async throws(PostgresError) {
    try await database.execute(
      """
      WITH passed AS (
        UPDATE platform.consumer n
           SET seq = \(event.header.seq), attempts = 0, retry_at = '-infinity'
         WHERE n.name = \(consumer.name) AND n.owner = \(owner) AND n.seq = \(seq)
        RETURNING n.name
      )
      INSERT INTO platform.consumer_dead_letter
        (consumer, seq, topic, type, key, subjects, payload, reason, attempts)
      SELECT p.name, e.seq, e.topic, e.type, e.key, e.subjects, e.payload,
             \(reason.withoutControls(scalarsMax: Self.reasonScalarsMax)), \(Int64(attempts))::int
        FROM passed p, platform.event e
       WHERE e.seq = \(event.header.seq)
      """)
  }

  /// Lets another process take over at once.
  func release(_ database: Database) async throws(PostgresError) {
    try await database.execute(
      """
      UPDATE platform.consumer SET owner = '', lease_until = '-infinity'
       WHERE name = \(consumer.name) AND owner = \(owner)
      """)
  }
}

extension ConsumerStore.Claim {
  /// Nil when the statement has found nothing to claim.
  fileprivate init?(_ rows: Rows) throws(PostgresError) {
    guard let row = rows.first else { return nil }
    self.init(seq: try row.int64("seq"), waits: try row.bool("waits"))
  }
}

extension ConsumerLease {
  fileprivate var interval: Query { "\(duration.nanoseconds / 1_000_000)::bigint * interval '1 millisecond'" }
}
