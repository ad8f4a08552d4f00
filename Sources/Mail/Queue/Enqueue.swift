internal import EventLoop
package import Platform
package import Postgres

extension Transaction {
  /// Asks for a mail. It goes out if and when the transaction is committed, at least once. Until then `vault` keeps
  /// what it says.
  package nonisolated(nonsending) func enqueue(_ mail: Email, _ vault: Vault) async throws {
    guard let id = ID(try await rows("SELECT platform.uuid_v7() AS id", access: .write).first?.string("id") ?? "")
    else { throw PostgresError.mapping("a new id") }
    let content = try MailContent(text: mail.text, html: mail.html).sealed(for: id, vault)
    try await execute(
      """
      INSERT INTO mail.message (id, kind, recipient, recipient_name, subject, body_text, body_html, sealed, useless_at)
      VALUES (\(id), \(mail.kind.rawValue), \(mail.recipient.address), \(mail.recipient.name), \(mail.subject), '', '',
              \(content), now() + make_interval(secs => \(mail.usefulFor.map(\.inSeconds))::double precision))
      """)
    guard let wakeUp = EventLoop.current?.mailWakeUp else {
      // Nobody here sends mails: those who do are told. Committing with NOTIFY takes a lock, hence not always.
      _ = try await rows("SELECT pg_notify('fastshop_mail', '')", access: .write)
      return
    }
    afterCommit { wakeUp.call() }
  }
}

extension Duration {
  /// Seconds and their fractions.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
