package import Platform
package import Postgres

extension Transaction {
  /// Enqueues an e-mail. It is sent at least once if the transaction is committed. `vault` seals its content until
  /// then.
  package nonisolated(nonsending) func enqueue(_ mail: Email, _ vault: Vault) async throws {
    let id = ID.made(at: .now)
    let content = try MailContent(text: mail.text, html: mail.html).sealed(for: id, vault)
    try await execute(
      """
      INSERT INTO mail.message (id, kind, recipient, recipient_name, subject, body_text, body_html, sealed, state,
                                useless_at)
      VALUES (\(id), \(mail.kind.rawValue), \(mail.recipient.address), \(mail.recipient.name), \(mail.subject), '', '',
              \(content), 'queued', now() + make_interval(secs => \(mail.usefulFor.map(\.inSeconds))::double precision))
      """)
    try await Jobs.enqueue([SendMail.job(SendMail.Payload(), id: id)], in: self)
  }
}
