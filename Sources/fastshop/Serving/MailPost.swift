import Identity
import Mail
import Platform
import Postgres

/// Writes the letters of Identity as mails. Their links lead to the shop's web pages, with the token behind `#`, which
/// browsers send to no server.
struct MailPost: Post {
  let settings: IdentitySettings
  /// Keeps what the mails say.
  let vault: Vault

  func take(_ letter: AccountLetter, to addressee: Addressee, in transaction: Transaction) async throws {
    guard let recipient = MailAddress(addressee.email, name: addressee.name) else { return }
    try await transaction.enqueue(mail(letter, to: recipient), vault)
  }

  private func mail(_ letter: AccountLetter, to recipient: MailAddress) -> Mail {
    switch letter {
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
