internal import FoundationEssentials
internal import Platform

/// E-mails to the owners of accounts that are locked out. Whoever guesses waits for the event alone.
struct LockOutMails {
  private static let topic = "identity.lock_out"

  let mailer: any AccountMailer

  private struct Payload: Codable {
    let address: String
    let seconds: Int64
  }

  /// The event that an account was locked out.
  static func event(of user: ID, from address: String, for duration: Duration) throws -> NewEvent {
    let payload = Payload(address: address, seconds: duration.components.seconds)
    return NewEvent(
      topic, "locked_out", of: user, json: String(decoding: try JSONEncoder().encode(payload), as: UTF8.self))
  }

  /// Sends an e-mail for each event.
  var consumer: Consumer { Consumer("identity.lock_out_mails", of: [Self.topic], body: send) }

  @Sendable private nonisolated(nonsending) func send(_ events: [LoggedEvent], _ work: Work) async throws {
    for event in events {
      guard let user = event.header.subjects.first, let account = try await Account.find(user, work) else { continue }
      let payload = try JSONDecoder().decode(Payload.self, from: Data(event.payload.utf8))
      let email = AccountEmail.lockedOut(address: payload.address, duration: .seconds(payload.seconds))
      try await mailer.send(email, to: account.emailRecipient, in: work)
    }
  }
}
