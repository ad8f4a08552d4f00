package import Platform
package import Postgres

/// Mails that were given up.
package enum DeadLetters {
  /// So many are listed at a time.
  package static let pageMax = 200

  /// A mail that was given up, without its content.
  package struct Entry: Sendable {
    /// The mail's id.
    package let id: ID
    /// What it was about.
    package let kind: String
    /// Whom it did not reach.
    package let recipient: String
    /// How often it was tried.
    package let attempts: Int
    /// When it was given up, as Postgres writes a moment in UTC.
    package let endedAt: String
    /// Why.
    package let reason: String
  }

  /// Those given up last, the newest first.
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

  /// Puts mails back into the queue as if they had just been asked for; all of them when `ids` is nil. Those that are
  /// of no use any more stay dead.
  /// - Returns: how many went back.
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
