package import Platform
package import Postgres

/// E-mails that were given up.
package enum DeadLetters {
  /// The maximum number of entries of a list.
  package static let pageMax = 200

  /// An e-mail that was given up, without its content.
  package struct Entry: Sendable {
    /// The id of the e-mail.
    package let id: ID
    /// Its kind.
    package let kind: String
    /// Its recipient.
    package let recipient: String
    /// The number of delivery attempts.
    package let attempts: Int
    /// When it was given up, as Postgres writes a time in UTC.
    package let endedAt: String
    /// Why it was given up.
    package let reason: String
  }

  /// The newest entries.
  package static func newest(_ database: Database) async throws(PostgresError) -> [Entry] {
    let rows = try await database.rows(
      """
      SELECT m.id, m.kind, m.recipient, j.failures, j.last_error,
             \(Query.timeText("j.ended_at")) AS ended
        FROM jobs.job j
        JOIN mail.message m ON m.id = j.id
       WHERE j.state = 'dead' AND j.kind = \(SendMail.name)
       ORDER BY j.ended_at DESC, j.id DESC
       LIMIT \(pageMax)
      """)
    var entries: [Entry] = []
    for row in rows {
      entries.append(
        Entry(
          id: try row.id("id"), kind: try row.string("kind"), recipient: try row.string("recipient"),
          attempts: Int(try row.int64("failures")), endedAt: try row.string("ended"),
          reason: try row.string("last_error")))
    }
    return entries
  }

  /// Enqueues e-mails again; all of them when `ids` is nil. E-mails that are not useful any more stay dead.
  /// - Returns: the number of enqueued e-mails.
  package static func retry(_ ids: [ID]?, in work: Work) async throws -> Int {
    let rows = try await work.rows(
      """
      SELECT m.id
        FROM jobs.job j
        JOIN mail.message m ON m.id = j.id
       WHERE j.state = 'dead' AND j.kind = \(SendMail.name) AND m.state = 'queued'
         AND (m.useless_at IS NULL OR m.useless_at > clock_timestamp())
         AND (\(ids == nil) OR m.id = ANY (\(ids ?? [])::uuid[]))
      """)
    let useful = try rows.map { try $0.id("id") }
    return try await JobAdministration.retry(.ids(useful), in: work)
  }
}
