internal import Platform
internal import Postgres

/// An e-mail that is to be sent.
struct QueuedMail: Sendable {
  let id: ID
  let kind: String
  let recipient: String
  let recipientName: String
  let subject: String
  let content: Result<MailContent, UnopenedValue>
  /// Seconds since 1970.
  let madeAt: Int64

  /// Reads an e-mail.
  /// - Throws: `JobFailure.never` when it is gone, or too late to be of use.
  static func read(_ id: ID, _ database: Database, _ vault: Vault) async throws -> QueuedMail {
    let rows = try await database.rows(
      """
      SELECT m.id, m.kind, m.recipient, m.recipient_name, m.subject, m.sealed, m.body_text, m.body_html,
             extract(epoch FROM m.created_at)::bigint AS made_at,
             coalesce(m.useless_at <= clock_timestamp(), false) AS is_useless
        FROM mail.message m
       WHERE m.id = \(id) AND m.state = 'queued'
      """, access: .write)
    guard let row = rows.first else { throw JobFailure.never("there is no such mail") }
    if try row.bool("is_useless") { throw JobFailure.never("too late to be of use") }
    return QueuedMail(
      id: id, kind: try row.string("kind"), recipient: try row.string("recipient"),
      recipientName: try row.string("recipient_name"), subject: try row.string("subject"),
      content: try MailContent.open(row, id, vault), madeAt: try row.int64("made_at"))
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
