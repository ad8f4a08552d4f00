internal import EventLoop
package import Platform
package import Postgres

extension Transaction {
  /// Enqueues an e-mail. It is sent at least once if the transaction is committed. `vault` seals its content until
  /// then.
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
      // This process sends no e-mails, so it notifies those that do. Committing with NOTIFY takes a lock, hence only
      // here.
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
