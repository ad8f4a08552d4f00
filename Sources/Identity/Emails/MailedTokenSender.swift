internal import Platform
internal import Postgres
internal import RPC
internal import Sealing

/// Mails with tokens, to whoever has an account with an address.
struct MailedTokenSender {
  let context: IdentityContext

  /// Another token to verify the address with.
  func resendVerification(to email: EmailAddress?, _ call: Call) async throws {
    try await mail(.verifyEmail, to: email, call) {
      !$0.isVerified && !$0.isDisabled
    } letter: {
      .verifyEmail(token: $0)
    }
  }

  /// A token to set a new password with.
  func resetPassword(of email: EmailAddress?, _ call: Call) async throws {
    try await mail(.resetPassword, to: email, call) {
      !$0.isDisabled
    } letter: {
      .resetPassword(token: $0)
    }
  }

  private func mail(
    _ purpose: MailedTokenPurpose, to email: EmailAddress?, _ call: Call, if isDue: (Account) -> Bool,
    letter: (String) -> AccountEmail
  ) async throws {
    guard let email else { return }
    try await context.change(call) { transaction in
      guard let account = try await Account.find(email, transaction), isDue(account) else { return }
      let token = SingleUseToken()
      // One that is not mailed must not replace the last one that was.
      if try await context.mailer.send(letter(token.text), to: account.emailRecipient, in: transaction) {
        let tokens = MailedTokens(transaction: transaction, now: .now)
        try await tokens.enter(token, purpose, for: account.id, email.key)
      }
    }
  }
}
