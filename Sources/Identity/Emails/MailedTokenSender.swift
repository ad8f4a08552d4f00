internal import Platform
internal import Postgres
internal import RPC
internal import Sealing

/// Sends tokens to the e-mail address of an account.
struct MailedTokenSender {
  let context: IdentityContext

  /// Sends another token that verifies the address.
  func resendVerification(to email: EmailAddress?, _ call: Call) async throws {
    try await send(.verifyEmail, to: email, call) {
      !$0.isVerified && !$0.isDisabled
    } email: {
      .verifyEmail(token: $0)
    }
  }

  /// Sends a token that resets the password.
  func resetPassword(of email: EmailAddress?, _ call: Call) async throws {
    try await send(.resetPassword, to: email, call) {
      !$0.isDisabled
    } email: {
      .resetPassword(token: $0)
    }
  }

  private func send(
    _ purpose: MailedTokenPurpose, to email: EmailAddress?, _ call: Call, if isDue: (Account) -> Bool,
    email makeEmail: (String) -> AccountEmail
  ) async throws {
    guard let email else { return }
    try await context.work(call) { work in
      guard let account = try await Account.find(email, work), isDue(account) else { return }
      let token = SingleUseToken()
      // A token that is not sent must not replace the last one that was.
      if try await context.mailer.send(makeEmail(token.text), to: account.emailRecipient, in: work) {
        let tokens = MailedTokens(work: work, now: .now)
        try await tokens.enter(token, purpose, for: account.id, email.key)
      }
    }
  }
}
