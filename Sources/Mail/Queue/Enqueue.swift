package import Platform
internal import Postgres

extension Work {
  /// Enqueues an e-mail. It is sent at least once if the work is committed. The work's
  /// vault seals its content until then.
  package func enqueue(_ mail: Email) throws {
    let id = ID.made(at: .now)
    let content = try MailContent(text: mail.text, html: mail.html).sealed(for: id, vault)
    send(
      """
      INSERT INTO mail.message (id, kind, recipient, recipient_name, subject, body_text, body_html, sealed, state,
                                useless_at)
      VALUES (\(id), \(mail.kind.rawValue), \(mail.recipient.address), \(mail.recipient.name), \(mail.subject), '', '',
              \(content), 'queued', now() + make_interval(secs => \(mail.usefulFor.map(\.inSeconds))::double precision))
      """)
    enqueue(try SendMail.job(SendMail.Payload(), id: id))
  }
}
