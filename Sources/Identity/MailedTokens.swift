internal import Platform
internal import Postgres
internal import Sealing

/// What a mailed token is good for.
enum MailedPurpose: String {
  case verifyEmail = "verify_email"
  case resetPassword = "reset_password"

  var lifetime: Duration {
    switch self {
    case .verifyEmail: IdentitySettings.verificationLifetime
    case .resetPassword: IdentitySettings.resetLifetime
    }
  }
}

/// Tokens that were mailed, inside somebody's transaction. A later one replaces those before it.
struct MailedTokens {
  let transaction: Transaction
  let now: Instant

  /// Makes a token; the ones before it end.
  func make(_ purpose: MailedPurpose, for user: ID, _ emailKey: String) async throws -> SingleUseToken {
    let token = SingleUseToken()
    try await end(purpose, of: user)
    try await transaction.execute(
      """
      INSERT INTO identity.mailed_token (hash, purpose, user_id, email_key, created_at, expires_at)
      VALUES (\(token.hash), \(purpose.rawValue), \(user), \(emailKey), \(now), \(now + purpose.lifetime))
      """)
    return token
  }

  /// Ends the tokens of a user that are still good.
  func end(_ purpose: MailedPurpose, of user: ID) async throws {
    try await transaction.execute(
      """
      UPDATE identity.mailed_token t SET used_at = \(now)
       WHERE t.user_id = \(user) AND t.purpose = \(purpose.rawValue) AND t.used_at IS NULL
      """)
  }

  /// Uses a token up. Of several who send it at once, one succeeds.
  /// - Returns: whose it is, while the account still has the address that it was sent to.
  func use(_ text: String, for purpose: MailedPurpose) async throws -> ID {
    let rows = try await transaction.rows(
      """
      UPDATE identity.mailed_token t
         SET used_at = \(now)
        FROM identity.user u
       WHERE t.hash = \(SingleUseToken.hash(of: text)) AND t.purpose = \(purpose.rawValue)
         AND t.used_at IS NULL AND t.expires_at > \(now) AND u.id = t.user_id AND u.email_key = t.email_key
      RETURNING t.user_id
      """, access: .write)
    guard let row = rows.first else { throw IdentityError.badToken }
    return try row.id("user_id")
  }
}

extension RequestCheck {
  private static let tokenBytesMax = 500

  /// A field that is a token of ours: whether it is a good one, the database knows. Blanks and line ends, which come
  /// with what is copied from a mail, say nothing.
  mutating func token(_ typed: String, _ field: String) -> String {
    guard typed.utf8.count <= 2 * Self.tokenBytesMax else {
      refuse(field, "Must be a token that was given to you.")
      return ""
    }
    let text = String(String.UnicodeScalarView(typed.unicodeScalars.filter { !$0.isBlank }))
    require(!text.isEmpty && text.utf8.count <= Self.tokenBytesMax, field, "Must be a token that was given to you.")
    return text
  }
}
