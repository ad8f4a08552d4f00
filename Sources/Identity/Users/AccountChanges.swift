internal import Platform
internal import Postgres

/// Changes of a user, inside a transaction.
struct AccountChanges {
  let work: Work
  let now: Instant

  /// Advances the credential version of the user when a way to sign in changes, or all sessions end. It invalidates
  /// what was begun before, by its ``SecurityStamp``.
  func advanceCredentialVersion(of user: ID) async throws(PostgresError) {
    try await work.execute(
      "UPDATE identity.user SET credential_version = credential_version + 1 WHERE id = \(user)")
  }

  /// Sets the password. A password that is set with a mailed token also verifies the address.
  func setPassword(of user: ID, hash: String, byMail: Bool) async throws {
    try await work.execute(
      """
      UPDATE identity.user
         SET password_hash = \(hash), version = version + 1, updated_at = \(now),
             email_verified_at = CASE WHEN \(byMail)::boolean THEN coalesce(email_verified_at, \(now))
                                      ELSE email_verified_at END
       WHERE id = \(user)
      """)
  }

  /// Changes the etag of the user.
  func touch(_ user: ID) async throws {
    try await work.execute(
      "UPDATE identity.user SET version = version + 1, updated_at = \(now) WHERE id = \(user)")
  }

  /// Revokes the access tokens that were issued so far.
  func revokeAccessTokens(of user: ID) async throws {
    let changed = try await work.rows(
      """
      UPDATE identity.user SET token_version = token_version + 1, updated_at = \(now)
       WHERE id = \(user)
      RETURNING token_version
      """, access: .write)
    if let row = changed.first { work.publishChanged(user, version: try row.int64("token_version")) }
  }
}
