internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// The registration of an account.
struct Registration {
  let email: EmailAddress
  let password: String
  let displayName: String
  let locale: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: RegisterUserRequest) throws {
    var check = RequestCheck()
    let address = check.email(request.email.string, "email")
    password = check.newPassword(request.password.string, "password", email: address)
    displayName = check.displayName(request.displayName.string, "display_name")
    locale = check.locale(request.locale.string, "locale")
    try check.verify()
    guard let address else { throw IdentityError.wrongCredentials }  // verified above
    email = address
  }

  /// Creates the account and sends a verification e-mail. If the address has an account, it notifies the owner instead;
  /// if that account is not verified, it sends another verification e-mail.
  func apply(_ hash: String, _ context: IdentityContext, at now: Instant, _ work: Work) async throws {
    let made = try await work.rows(
      """
      INSERT INTO identity.user (email, email_key, password_hash, display_name, locale)
      VALUES (\(email.text), \(email.key), \(hash), \(displayName), \(locale))
      ON CONFLICT (email_key) DO NOTHING
      RETURNING id
      """, access: .write)
    guard let account = try await Account.find(email, work) else { return }
    if made.isEmpty && (account.isVerified || account.isDisabled) {
      try await context.mailer.send(.alreadyRegistered, to: account.emailRecipient, in: work)
      return
    }
    let token = SingleUseToken()
    if try await context.mailer.send(.verifyEmail(token: token.text), to: account.emailRecipient, in: work) {
      let tokens = MailedTokens(work: work, now: now)
      try await tokens.enter(token, .verifyEmail, for: account.id, email.key)
    }
  }
}

extension RequestCheck {
  private static let localeBytesMax = 35
  private static let regionLetters = 2
  private static let scriptLetters = 4

  /// A field with a language tag, or empty. The case is normalised (RFC 5646, section 2.1.1), and `_`, which many
  /// systems write, is read as a hyphen.
  mutating func locale(_ text: String, _ field: String) -> String {
    let tag = text.utf8.count <= 4 * Self.localeBytesMax ? text.trimmed.replacing("_", with: "-") : text
    let parts = tag.split(separator: "-", omittingEmptySubsequences: false)
    let isTag = parts.allSatisfy { part in
      (1...8).contains(part.utf8.count)
        && part.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0 & 0xdf) }
    }
    // A language consists of letters; a single letter begins a private or registered extension, which is not a
    // language.
    let isLanguage = parts.first.map { first in
      first.utf8.allSatisfy { $0 > 0x39 } && (first.utf8.count > 1 || parts.count > 1)
    }
    guard tag.isEmpty || (isTag && isLanguage == true && tag.utf8.count <= Self.localeBytesMax) else {
      refuse(field, "Must be a language tag such as en or de-AT, or empty.")
      return ""
    }
    var isPrivate = false
    return parts.enumerated().map { index, part in
      defer { isPrivate = isPrivate || part.utf8.count == 1 }
      if index > 0, !isPrivate, part.utf8.count == Self.regionLetters { return part.uppercased() }
      if index > 0, !isPrivate, part.utf8.count == Self.scriptLetters { return part.lowercased().capitalizedFirst }
      return part.lowercased()
    }.joined(separator: "-")
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
