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
      SELECT id, kind, recipient, attempts, to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SSZ') AS ended,
             last_error
        FROM mail.message
       WHERE state = 'dead'
       ORDER BY ended_at DESC, id DESC
       LIMIT \(pageMax)
      """)
    var entries: [Entry] = []
    for row in rows {
      guard let id = ID(try row.string("id")) else { throw .mapping("a mail's id") }
      entries.append(
        Entry(
          id: id, kind: try row.string("kind"), recipient: try row.string("recipient"),
          attempts: Int(try row.int64("attempts")), endedAt: try row.string("ended"),
          reason: try row.string("last_error")))
    }
    return entries
  }

  /// Enqueues e-mails again; all of them when `ids` is nil. E-mails that are not useful any more stay dead.
  /// - Returns: the number of enqueued e-mails.
  package static func retry(_ ids: [ID]?, _ database: Database) async throws -> Int {
    try await database.transaction { transaction in
      let count = try await transaction.execute(
        """
        UPDATE mail.message
           SET state = 'waiting', ended_at = NULL, attempts = 0, due_at = clock_timestamp(), last_error = ''
         WHERE state = 'dead' AND (useless_at IS NULL OR useless_at > clock_timestamp())
           AND (\(ids == nil) OR id = ANY (\(ids ?? [])::uuid[]))
        """)
      _ = try await transaction.rows("SELECT pg_notify('fastshop_mail', '')", access: .write)
      return count
    }
  }
}
