internal import Platform
internal import Postgres

/// The queue in the database. Any number of servers may take e-mails from it at the same time.
struct MailQueue {
  /// An e-mail that this server has taken. Nobody else takes it before its lease expires.
  struct Taken: Sendable {
    let id: ID
    /// The number of the attempt, from 1. Only the newest attempt may end the e-mail.
    let attempt: Int
    let kind: String
    let recipient: String
    let recipientName: String
    let subject: String
    let content: Result<MailContent, UnopenedValue>
    /// Seconds since 1970.
    let madeAt: Int64
    /// When the lease expires, by the monotonic clock: no later than by the clock of the database.
    var leaseEnds: Instant = .latest
  }

  /// The maximum length of a stored reason.
  private static let reasonMax = 500

  let database: Database

  /// Takes up to `count` due e-mails, the longest waiting first, for the duration of `lease`.
  func take(_ count: Int, lease: Duration, _ vault: Vault) async throws(PostgresError) -> [Taken] {
    let leaseEnds = Instant.steady + lease
    let rows = try await database.rows(
      """
      WITH due AS (
        SELECT id FROM mail.message
         WHERE state = 'waiting' AND due_at <= clock_timestamp()
         ORDER BY due_at
         LIMIT \(count)
           FOR UPDATE SKIP LOCKED
      )
      UPDATE mail.message m
         SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => \(lease.inSeconds))
        FROM due
       WHERE m.id = due.id
      RETURNING m.id, m.attempts, m.kind, m.recipient, m.recipient_name, m.subject, m.sealed, m.body_text,
                m.body_html, extract(epoch FROM m.created_at)::bigint AS made_at
      """, access: .write)
    var taken: [Taken] = []
    for row in rows {
      var mail = try Taken(row, vault)
      mail.leaseEnds = leaseEnds
      taken.append(mail)
    }
    return taken
  }

  /// Gives up the due e-mails that have no attempt left or are not useful any more.
  /// - Returns: the number of e-mails.
  func giveUpOverdue(attemptsMax: Int) async throws(PostgresError) -> Int {
    try await database.execute(
      """
      UPDATE mail.message
         SET state = 'dead', ended_at = clock_timestamp(),
             last_error = CASE WHEN useless_at <= clock_timestamp() THEN 'too late to be of use'
                               ELSE 'no attempt came to an end' END
                          || CASE WHEN last_error = '' THEN '' ELSE left('; before: ' || last_error, 470) END
       WHERE id IN (SELECT id FROM mail.message
                     WHERE state = 'waiting' AND due_at <= clock_timestamp()
                       AND (attempts >= \(attemptsMax) OR useless_at <= clock_timestamp())
                       FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Marks the e-mail as sent, and deletes its content, which may hold a token.
  /// - Returns: false when another worker has taken it meanwhile.
  func sent(_ mail: Taken) async throws(PostgresError) -> Bool {
    try await database.execute(
      """
      UPDATE mail.message
         SET state = 'sent', ended_at = clock_timestamp(), body_text = '', body_html = '', sealed = NULL,
             last_error = ''
       WHERE id = \(mail.id) AND attempts = \(mail.attempt) AND state = 'waiting'
      """) == 1
  }

  /// Schedules another attempt after `pause`.
  /// - Returns: false when another worker has taken it meanwhile.
  func later(_ mail: Taken, pause: Duration, reason: String) async throws(PostgresError) -> Bool {
    try await database.execute(
      """
      UPDATE mail.message
         SET due_at = clock_timestamp() + make_interval(secs => \(pause.inSeconds)), last_error = \(Self.short(reason))
       WHERE id = \(mail.id) AND attempts = \(mail.attempt) AND state = 'waiting'
      """) == 1
  }

  /// Marks the e-mail as dead, and keeps it for operators.
  /// - Returns: false when another worker has taken it meanwhile.
  func dead(_ mail: Taken, reason: String) async throws(PostgresError) -> Bool {
    try await database.execute(
      """
      UPDATE mail.message
         SET state = 'dead', ended_at = clock_timestamp(), last_error = \(Self.short(reason))
       WHERE id = \(mail.id) AND attempts = \(mail.attempt) AND state = 'waiting'
      """) == 1
  }

  /// The numbers of waiting and dead e-mails, and the age of the oldest waiting one.
  func depth() async throws(PostgresError) -> MailQueueDepth {
    let rows = try await database.rows(
      """
      SELECT (SELECT count(*) FROM mail.message WHERE state = 'dead') AS dead, count(*) AS waiting,
             coalesce(extract(epoch FROM clock_timestamp() - min(created_at))::bigint, 0) AS oldest
        FROM mail.message WHERE state = 'waiting'
      """)
    guard let row = rows.first else { throw .mapping("a count without a row") }
    return MailQueueDepth(
      waiting: Int(try row.int64("waiting")), dead: Int(try row.int64("dead")),
      oldestSeconds: Int(max(0, try row.int64("oldest"))))
  }

  /// Deletes sent e-mails after a week, and dead ones after 90 days.
  func forget() async throws(PostgresError) {
    try await database.execute(
      """
      DELETE FROM mail.message
       WHERE (state = 'sent' AND ended_at < platform.retention_time() - interval '7 days')
          OR (state = 'dead' AND ended_at < platform.retention_time() - interval '90 days')
      """)
  }

  private static func short(_ reason: String) -> String {
    String(String.UnicodeScalarView(reason.unicodeScalars.filter { $0.value >= 0x20 }.prefix(reasonMax)))
  }
}

/// The depth of the queue, over all servers.
struct MailQueueDepth: Equatable, Sendable {
  var waiting = 0
  var dead = 0
  /// The age of the oldest waiting e-mail in seconds.
  var oldestSeconds = 0
}

extension MailQueue.Taken {
  init(_ row: Row, _ vault: Vault) throws(PostgresError) {
    guard let id = ID(try row.string("id")) else { throw .mapping("a mail's id") }
    self.init(
      id: id, attempt: Int(try row.int64("attempts")), kind: try row.string("kind"),
      recipient: try row.string("recipient"), recipientName: try row.string("recipient_name"),
      subject: try row.string("subject"), content: try MailContent.open(row, id, vault),
      madeAt: try row.int64("made_at"))
  }

  /// Composes the e-mail.
  /// - Throws: `.never` when the stored address is malformed, or the content cannot be opened.
  func message(from sender: MailAddress) throws(MailDeliveryError) -> MIMEMessage {
    guard let recipient = MailAddress(recipient, name: recipientName) else {
      throw .never("the recipient's address is not valid for mail")
    }
    switch content {
    case .success(let content):
      return MIMEMessage(
        id: id.description, kind: kind, from: sender, to: recipient, subject: subject, text: content.text,
        html: content.html, madeAt: madeAt)
    case .failure(let error):
      throw .never("\(error)")
    }
  }
}
