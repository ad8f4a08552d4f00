import Identity
import Mail
import Platform
import Postgres

/// Queues the e-mails of Identity. Their links lead to the shop's web pages, with the token after `#`, which browsers
/// send to no server.
struct QueuedAccountMailer: AccountMailer {
  let settings: IdentitySettings
  /// The limit of e-mails that strangers can cause.
  let limit: MailboxLimit

  /// The factor of the limit for e-mails that partly known users cause.
  private static let relaxedFactor = 3

  func send(_ email: AccountEmail, to emailRecipient: EmailRecipient, in work: Work) async throws -> Bool {
    guard let recipient = MailAddress(emailRecipient.email, name: emailRecipient.name) else { return false }
    let mail = mail(email, to: recipient)
    if let limit = limit(email.sendLimit) {
      guard try await limit.admits(mail.kind, to: recipient.address, work.transaction) else { return false }
    }
    try work.enqueue(mail)
    return true
  }

  private func limit(_ sendLimit: AccountEmail.SendLimit) -> MailboxLimit? {
    switch sendLimit {
    case .unlimited: nil
    case .strict: limit
    case .relaxed: limit.times(Self.relaxedFactor)
    }
  }

  private func mail(_ email: AccountEmail, to recipient: MailAddress) -> Email {
    switch email {
    case .verifyEmail(let token):
      .emailVerification(
        to: recipient, link: link("verify-email", token), validity: IdentitySettings.verificationLifetime)
    case .alreadyRegistered:
      .alreadyRegistered(to: recipient)
    case .resetPassword(let token):
      .passwordReset(to: recipient, link: link("reset-password", token), validity: IdentitySettings.resetLifetime)
    case .passwordChanged:
      .passwordChanged(to: recipient)
    case .secondFactorRemoved:
      .secondFactorRemoved(to: recipient)
    case .newDevice(let device, let address, let instant):
      .newDevice(to: recipient, device: device, address: address, moment: instant.forPeople)
    case .lockedOut(let address, let duration):
      .lockOut(to: recipient, address: address, duration: duration)
    case .externalAccountLinked(let provider):
      .externalAccountLinked(to: recipient, provider: provider)
    case .externalAccountUnlinked(let provider):
      .externalAccountUnlinked(to: recipient, provider: provider)
    case .invitation(let token, let inviter, let role):
      .invitation(
        to: recipient, from: inviter, role: role, link: link("accept-invitation", token),
        validity: IdentitySettings.invitationLifetime)
    }
  }

  private func link(_ page: String, _ token: String) -> String { "\(settings.siteURL)/\(page)#token=\(token)" }
}
