internal import EventLoop
internal import Platform
package import Postgres

extension Transaction {
  /// Asks for a mail. It goes out if and when the transaction is committed, at least once.
  package nonisolated(nonsending) func enqueue(_ mail: Mail) async throws(PostgresError) {
    try await execute(
      """
      INSERT INTO mail.message (kind, recipient, recipient_name, subject, body_text, body_html, useless_at)
      VALUES (\(mail.kind.rawValue), \(mail.recipient.address), \(mail.recipient.name), \(mail.subject), \(mail.text),
              \(mail.html), now() + make_interval(secs => \(mail.usefulFor.map(\.inSeconds))::double precision))
      """)
    guard let bell = EventLoop.current?.mailBell else {
      // Nobody here sends mails: those who do are told. Committing with NOTIFY takes a lock, hence not always.
      _ = try await rows("SELECT pg_notify('fastshop_mail', '')", access: .write)
      return
    }
    afterCommit { bell.ring() }
  }
}

extension Duration {
  /// Seconds and their fractions.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
