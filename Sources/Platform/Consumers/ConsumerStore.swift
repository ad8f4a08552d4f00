internal import EventLoop
internal import Postgres

/// One consumer's row in the database, as one process sees it.
struct ConsumerStore {
  /// A process that runs a consumer keeps it for so long after its last sign of life.
  static let leaseMs: Int64 = 4_000
  /// A process that stands still inside a transaction loses it after so long, and with it the lock on the row.
  private static let silenceMs: Int64 = 3_000
  /// Numbers that one page goes through: a statement must end, however few of the events are of the topics.
  private static let numbersMax: Int64 = 20_000
  /// The maximum length of an error that is kept, in scalars.
  private static let reasonScalarsMax = 1_000

  /// What a process holds in its transaction: nobody else moves the cursor before it ends.
  struct Claim {
    let seq: Int64
    /// Its next event failed, and it is not yet time to try again.
    let waits: Bool
  }

  let consumer: Consumer
  /// The process.
  let owner: String

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

  /// Takes the consumer, or keeps it; nil when another process has it, or it is not registered.
  ///
  /// A lease that is longer than any was given before the database's clock was set back.
  nonisolated(nonsending) func claim(_ transaction: Transaction) async throws(PostgresError) -> Claim? {
    let rows = try await transaction.rows(
      """
      WITH free AS (
        SELECT f.name
          FROM platform.consumer f
         WHERE f.name = \(consumer.name)
           AND (f.owner = \(owner)
                OR f.lease_until NOT BETWEEN clock_timestamp() AND clock_timestamp() + \(Self.lease))
           FOR UPDATE SKIP LOCKED
      )
      UPDATE platform.consumer c
         SET owner = \(owner), lease_until = clock_timestamp() + \(Self.lease)
        FROM free
       WHERE c.name = free.name
      RETURNING c.seq, c.retry_at > clock_timestamp() AS waits,
                set_config('idle_in_transaction_session_timeout', \(String(Self.silenceMs)), true) AS silence
      """, access: .write)
    return try rows.first.map { row throws(PostgresError) in
      Claim(seq: try row.int64("seq"), waits: try row.bool("waits"))
    }
  }

  private static var lease: Query { "\(leaseMs)::bigint * interval '1 millisecond'" }

  /// The next events, and the number up to which there are no others.
  nonisolated(nonsending) func page(
    after seq: Int64, upTo last: Int64, atMost count: Int, _ transaction: Transaction
  ) async throws(PostgresError) -> (events: [LoggedEvent], reached: Int64) {
    let end = min(last, seq + Self.numbersMax)
    var events: [LoggedEvent] = []
    let rows = try await transaction.rows(
      """
      SELECT \(LoggedEvent.columns)
        FROM platform.event e
       WHERE e.seq > \(seq) AND e.seq <= \(end) AND e.topic = ANY (\(consumer.topics)::text[])
       ORDER BY e.seq
       LIMIT \(count)
      """)
    for row in rows { events.append(try LoggedEvent(row)) }
    return (events, events.count < count ? end : events.last?.header.seq ?? end)
  }

  /// Moves the cursor, in the transaction of the effects.
  nonisolated(nonsending) func move(to seq: Int64, _ transaction: Transaction) async throws(PostgresError) {
    try await transaction.execute(
      """
      UPDATE platform.consumer
         SET seq = \(seq), attempts = 0, retry_at = '-infinity'
       WHERE name = \(consumer.name)
      """)
  }

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

  /// Parks the event, which the cursor then passes.
  func park(_ event: LoggedEvent, after seq: Int64, _ reason: String, _ database: Database) async throws(PostgresError)
  {
    try await database.execute(
      """
      WITH passed AS (
        UPDATE platform.consumer n
           SET seq = \(event.header.seq), attempts = 0, retry_at = '-infinity'
          FROM platform.consumer o
         WHERE n.name = \(consumer.name) AND n.owner = \(owner) AND n.seq = \(seq) AND o.name = n.name
        RETURNING o.name, o.attempts
      )
      INSERT INTO platform.consumer_dead_letter
        (consumer, seq, topic, type, key, subjects, payload, reason, attempts)
      SELECT p.name, e.seq, e.topic, e.type, e.key, e.subjects, e.payload,
             \(reason.withoutControls(scalarsMax: Self.reasonScalarsMax)), p.attempts
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
