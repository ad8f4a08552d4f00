package import Platform
internal import Postgres

/// Deletes old e-mails and counts, and takes over e-mails of the release before.
package enum MailUpkeep {
  /// Sent e-mails are kept for a week, without their content; those that were given up, as long as their jobs.
  package static let chores: [Chore] = [
    Chore("mail.sent", "33 * * * *") { database in
      try await database.execute(
        .deletingBatch(
          of: "mail.message", where: "state = 'sent' AND ended_at < platform.retention_time() - interval '7 days'"))
    },
    Chore("mail.given-up", "38 4 * * *") { database in
      try await database.execute(
        .deletingBatch(
          of: "mail.message",
          where: """
            state = 'queued' AND created_at < platform.retention_time() - interval '1 day'
            AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.id = old.id)
            """))
    },
    Chore("mail.recipients", "43 * * * *") { database in
      try await database.execute(.deletingBatch(of: "mail.recipient", where: "last_at < now() - interval '1 day'"))
    },
    Chore("mail.earlier-release", "48 * * * *") { try await takeOver($0) },
  ]

  /// Makes jobs of the e-mails that a server of the release before has enqueued and left.
  static func takeOver(_ database: Database) async throws(PostgresError) -> Int {
    try await database.execute(
      """
      WITH left_behind AS (
        UPDATE mail.message m
           SET state = 'queued', ended_at = NULL
         WHERE m.id IN (SELECT id FROM mail.message
                         WHERE state = 'waiting' AND due_at < now() - interval '10 minutes'
                         LIMIT \(Chore.batchRowsMax)
                           FOR UPDATE SKIP LOCKED)
        RETURNING m.id, m.attempts, m.created_at
      )
      INSERT INTO jobs.job (id, kind, attempt, failures, created_at)
      SELECT id, \(SendMail.name), attempts, attempts, created_at FROM left_behind
      """)
  }
}
