internal import Platform
internal import Postgres

/// The queue in the database, as those who empty it see it. Any number of servers may do so at the same time.
struct MailQueue {
  /// A mail that was taken: nobody else takes it before its lease is over.
  struct Taken: Sendable {
    let id: ID
    /// Which attempt this is, from 1. Only who holds the newest may end the mail.
    let attempt: Int
    let kind: String
    let recipient: String
    let recipientName: String
    let subject: String
    let content: Result<MailContent, UnopenedValue>
    /// Seconds since 1970.
    let madeAt: Int64
    /// Until when nobody else takes it, by the clock that nothing sets: no later than the database counts.
    var leaseEnds: Instant = .latest
  }

  /// Characters of a reason that are kept.
  private static let reasonMax = 500

  let database: Database

  /// Takes up to `count` mails that are due, the longest waiting first, for the time of `lease`.
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

  /// Gives up what is due and has no attempt left, or came too late to be of use.
  /// - Returns: how many.
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

  /// It is delivered. Its content, which may hold a token, goes.
  /// - Returns: false when somebody else has taken it meanwhile.
  func sent(_ mail: Taken) async throws(PostgresError) -> Bool {
    try await database.execute(
      """
      UPDATE mail.message
         SET state = 'sent', ended_at = clock_timestamp(), body_text = '', body_html = '', sealed = NULL,
             last_error = ''
       WHERE id = \(mail.id) AND attempts = \(mail.attempt) AND state = 'waiting'
      """) == 1
  }

  /// It is to be tried again after `pause`.
  /// - Returns: false when somebody else has taken it meanwhile.
  func later(_ mail: Taken, pause: Duration, reason: String) async throws(PostgresError) -> Bool {
    try await database.execute(
      """
      UPDATE mail.message
         SET due_at = clock_timestamp() + make_interval(secs => \(pause.inSeconds)), last_error = \(Self.short(reason))
       WHERE id = \(mail.id) AND attempts = \(mail.attempt) AND state = 'waiting'
      """) == 1
  }

  /// It is given up, and kept to be looked at.
  /// - Returns: false when somebody else has taken it meanwhile.
  func dead(_ mail: Taken, reason: String) async throws(PostgresError) -> Bool {
    try await database.execute(
      """
      UPDATE mail.message
         SET state = 'dead', ended_at = clock_timestamp(), last_error = \(Self.short(reason))
       WHERE id = \(mail.id) AND attempts = \(mail.attempt) AND state = 'waiting'
      """) == 1
  }

  /// Mails that wait, seconds since the longest waiting was asked for, and dead letters.
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

  /// Forgets what was sent a week ago, and dead letters of a quarter.
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

/// How full the queue is, over all servers.
struct MailQueueDepth: Equatable, Sendable {
  var waiting = 0
  var dead = 0
  /// Seconds since the longest waiting was asked for.
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

  /// The mail, composed.
  /// - Throws: `.never` when the address that stands in the database is none, or the content cannot be opened.
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
