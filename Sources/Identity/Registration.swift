internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// Somebody asks for an account.
struct Registration {
  private static let nameCharactersMax = 100

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

  /// Makes the account and writes to its owner; writes otherwise to whoever has an account with the address. An address
  /// that nobody has confirmed yet is asked again.
  func carryOut(_ hash: String, _ desk: Reception, at now: Instant, _ transaction: Transaction) async throws {
    let made = try await transaction.rows(
      """
      INSERT INTO identity.user (email, email_key, password_hash, display_name, locale)
      VALUES (\(email.text), \(email.key), \(hash), \(displayName), \(locale))
      ON CONFLICT (email_key) DO NOTHING
      RETURNING id
      """, access: .write)
    guard let account = try await Account.find(email, transaction) else { return }
    if made.isEmpty && (account.isVerified || account.isDisabled) {
      try await desk.post.take(.alreadyRegistered, to: account.addressee, in: transaction)
      return
    }
    let token = SingleUseToken()
    if try await desk.post.take(.verifyEmail(token: token.text), to: account.addressee, in: transaction) {
      let tokens = MailedTokens(transaction: transaction, now: now)
      try await tokens.enter(token, .verifyEmail, for: account.id, email.key)
    }
  }
}

extension RequestCheck {
  private static let nameCharactersMax = 100
  private static let localeBytesMax = 35

  /// A field with what people call somebody.
  mutating func displayName(_ text: String, _ field: String) -> String {
    let name = text.trimmed
    let count = name.unicodeScalars.count
    let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    require((1...Self.nameCharactersMax).contains(count) && isPlain, field, "Must have 1 to 100 printable characters.")
    return name
  }

  /// A field with a language tag, or nothing.
  mutating func locale(_ text: String, _ field: String) -> String {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let isTag = parts.allSatisfy { part in
      (1...8).contains(part.count)
        && part.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0 & 0xdf) }
    }
    require(
      text.isEmpty || (isTag && text.utf8.count <= Self.localeBytesMax), field,
      "Must be a language tag such as en or de-AT, or empty.")
    return text
  }
}

extension String {
  /// Without blanks at its ends.
  var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
