internal import Platform
internal import Postgres

/// Changes of one user, inside somebody's transaction.
struct AccountChanges {
  let transaction: Transaction
  let now: Instant

  /// A way to sign in has changed, or sessions end together: what was begun before is worth nothing from now on, by its
  /// ``SecurityStamp``.
  func advanceCredentialVersion(by user: ID) async throws(PostgresError) {
    try await transaction.execute(
      "UPDATE identity.user SET credential_version = credential_version + 1 WHERE id = \(user)")
  }

  /// The password is another one. Whoever set it by mail has proved that the address is theirs.
  func setPassword(of user: ID, hash: String, byMail: Bool) async throws {
    try await transaction.execute(
      """
      UPDATE identity.user
         SET password_hash = \(hash), version = version + 1, updated_at = \(now),
             email_verified_at = CASE WHEN \(byMail)::boolean THEN coalesce(email_verified_at, \(now))
                                      ELSE email_verified_at END
       WHERE id = \(user)
      """)
  }

  /// What the user is known by elsewhere has changed: their etag tells.
  func touch(_ user: ID) async throws {
    try await transaction.execute(
      "UPDATE identity.user SET version = version + 1, updated_at = \(now) WHERE id = \(user)")
  }

  /// Access tokens that were given out so far say what is no longer so.
  func revokeAccessTokens(of user: ID) async throws {
    try await transaction.execute(
      """
      WITH changed AS (
        UPDATE identity.user SET token_version = token_version + 1, updated_at = \(now)
         WHERE id = \(user)
        RETURNING id, token_version
      )
      \(Query.loggingChangedUsers)
      """)
  }
}
