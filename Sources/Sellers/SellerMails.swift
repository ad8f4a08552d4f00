internal import Identity
internal import Mail
internal import Platform

extension Work {
  /// Enqueues an e-mail to a user, unless the account is gone or disabled.
  func mail(to user: ID, _ mail: (MailAddress) -> Email) async throws {
    guard let recipient = try await IdentityModule.recipients(ofAccounts: [user], in: self)[user] else { return }
    try self.mail(to: recipient, mail)
  }

  /// Enqueues an e-mail to each owner of a shop.
  func mail(toOwnersOf seller: ID, _ mail: (MailAddress) -> Email) async throws {
    for owner in try await ShopTeam(of: seller, in: self).owners() { try self.mail(to: owner, mail) }
  }

  private func mail(to recipient: EmailRecipient, _ mail: (MailAddress) -> Email) throws {
    guard let address = MailAddress(recipient.email, name: recipient.name) else { return }
    try enqueue(mail(address))
  }
}
