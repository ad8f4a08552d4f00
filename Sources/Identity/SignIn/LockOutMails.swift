internal import Platform
internal import Postgres

/// E-mails to the owners of accounts that are locked out. Whoever guesses waits for the event alone.
struct LockOutMails {
  private static let topic = "identity.lock_out"

  let mailer: any AccountMailer

  /// A statement that logs the event.
  static func event(of user: ID, from address: String, for duration: Duration) -> Query {
    """
    INSERT INTO platform.event (topic, key, type, subjects, payload)
    VALUES (\(topic), \(user), 'locked_out', ARRAY[\(user)]::uuid[],
            jsonb_build_object('address', \(address)::text, 'seconds', \(duration.components.seconds)::bigint))
    """
  }

  /// Sends an e-mail for each event.
  var consumer: Consumer { Consumer("identity.lock_out_mails", of: [Self.topic], work: send) }

  @Sendable private nonisolated(nonsending) func send(_ events: [LoggedEvent], _ transaction: Transaction) async throws
  {
    for event in events {
      guard let user = event.header.subjects.first, let account = try await Account.find(user, transaction) else {
        continue
      }
      let rows = try await transaction.rows(
        """
        SELECT p.payload ->> 'address' AS address, (p.payload ->> 'seconds')::bigint AS seconds
          FROM (SELECT \(event.payload)::jsonb AS payload) p
        """)
      guard let row = rows.first else { continue }
      let email = AccountEmail.lockedOut(
        address: try row.string("address"), duration: .seconds(try row.int64("seconds")))
      _ = try await mailer.send(email, to: account.emailRecipient, in: transaction)
    }
  }
}
