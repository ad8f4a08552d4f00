package import Platform
internal import Postgres
internal import Sealing

/// The purpose of a mailed token.
enum MailedTokenPurpose: String {
  case verifyEmail = "verify_email"
  case resetPassword = "reset_password"

  var lifetime: Duration {
    switch self {
    case .verifyEmail: IdentitySettings.verificationLifetime
    case .resetPassword: IdentitySettings.resetLifetime
    }
  }
}

/// Mailed tokens, inside a transaction. A later token of a purpose replaces the earlier ones.
struct MailedTokens {
  let work: Work
  let now: Instant

  /// Stores a token that is about to be sent, and invalidates the earlier ones.
  func enter(_ token: SingleUseToken, _ purpose: MailedTokenPurpose, for user: ID, _ emailKey: String) async throws {
    // The user's row is always locked first. The new row references the user, whose row is locked by a caller that
    // redeems an old token.
    guard let account = try await Account.lock(user, work) else { return }
    try await work.execute(
      """
      UPDATE identity.mailed_token t SET used_at = \(now)
       WHERE t.user_id = \(user) AND t.purpose = \(purpose.rawValue) AND t.used_at IS NULL
      """)
    try await work.execute(
      """
      INSERT INTO identity.mailed_token (hash, purpose, user_id, email_key, credential_version, created_at, expires_at)
      VALUES (\(token.hash), \(purpose.rawValue), \(user), \(emailKey), \(account.credentialVersion), \(now),
              \(now + purpose.lifetime))
      """)
  }

  /// Redeems a token. Of several concurrent calls, one succeeds.
  /// - Returns: the locked account, if it still has the address of the token, and nothing invalidated the token.
  func use(_ text: String, for purpose: MailedTokenPurpose) async throws -> Account {
    let user = try await Self.owner(of: text, for: purpose, at: now, work)
    guard let user, let account = try await Account.lock(user, work) else { throw IdentityError.invalidToken }
    let used = try await work.execute(
      """
      UPDATE identity.mailed_token t SET used_at = \(now)
       WHERE \(Self.isGood(text, for: purpose, at: now)) AND t.user_id = \(user)
         AND t.email_key = \(account.emailKey) AND t.credential_version = \(account.credentialVersion)
      """)
    guard used == 1 else { throw IdentityError.invalidToken }
    return account
  }

  /// The user of a valid token, before anything is locked or expensive is computed.
  static func owner(
    of text: String, for purpose: MailedTokenPurpose, at now: Instant, _ runner: some QueryRunner
  ) async throws(PostgresError) -> ID? {
    let rows = try await runner.rows(
      """
      SELECT t.user_id
        FROM identity.mailed_token t
       WHERE \(isGood(text, for: purpose, at: now))
      """)
    return try rows.first?.id("user_id")
  }

  private static func isGood(_ text: String, for purpose: MailedTokenPurpose, at now: Instant) -> Query {
    """
    t.hash = \(SingleUseToken.hash(of: text)) AND t.purpose = \(purpose.rawValue) AND t.used_at IS NULL
       AND t.expires_at > \(now)
    """
  }
}

extension RequestCheck {
  private static let tokenBytesMax = 500

  /// A field with one of our tokens; the database knows whether it is valid. White space, which comes with text that is
  /// copied from an e-mail, is ignored.
  package mutating func token(_ typed: String, _ field: String) -> String {
    guard typed.utf8.count <= 2 * Self.tokenBytesMax else {
      refuse(field, "Must be a token that this server issued.")
      return ""
    }
    let text = String(String.UnicodeScalarView(typed.unicodeScalars.filter { !$0.isBlank }))
    require(!text.isEmpty && text.utf8.count <= Self.tokenBytesMax, field, "Must be a token that this server issued.")
    return text
  }
}
