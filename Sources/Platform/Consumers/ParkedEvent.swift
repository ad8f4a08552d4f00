package import Postgres

/// An event that a consumer has given up, as operators see it.
package struct ParkedEvent: Sendable {
  /// The maximum number of events of a list.
  package static let pageMax = 200

  /// The consumer's name.
  package let consumer: String
  /// The event's number.
  package let seq: Int64
  /// Its topic.
  package let topic: String
  /// What happened.
  package let type: String
  /// What changed.
  package let key: String
  /// The error of the last attempt.
  package let reason: String
  /// How often it has failed; 0 when it is to be tried again.
  package let attempts: Int64
  /// When the consumer gave up, as Postgres writes it in UTC.
  package let at: String

  /// The first parked events of a consumer, or of all.
  package static func list(
    of consumer: String?, limit: Int, _ database: Database
  ) async throws(PostgresError) -> [ParkedEvent] {
    let rows = try await database.rows(
      """
      SELECT d.consumer, d.seq, d.topic, d.type, d.key::text AS key, d.reason, d.attempts::bigint AS attempts,
             \(Query.timeText("d.at")) AS at
        FROM platform.consumer_dead_letter d
       WHERE \(consumer)::text IS NULL OR d.consumer = \(consumer)
       ORDER BY d.consumer, d.seq
       LIMIT \(min(max(limit, 1), pageMax))
      """)
    var events: [ParkedEvent] = []
    for row in rows {
      events.append(
        ParkedEvent(
          consumer: try row.string("consumer"), seq: try row.int64("seq"), topic: try row.string("topic"),
          type: try row.string("type"), key: try row.string("key"), reason: try row.string("reason"),
          attempts: try row.int64("attempts"), at: try row.string("at")))
    }
    return events
  }

  /// Chooses a consumer's parked event to be tried again, or all of them. The server that runs the consumer tries each
  /// once, within seconds, after later events that it has consumed; one that fails stays parked.
  /// - Returns: how many are chosen.
  package static func retry(
    of consumer: String, seq: Int64?, _ database: Database
  ) async throws(PostgresError) -> Int {
    try await database.execute(
      """
      UPDATE platform.consumer_dead_letter d
         SET attempts = 0
       WHERE d.consumer = \(consumer) AND (\(seq)::bigint IS NULL OR d.seq = \(seq))
      """)
  }
}
