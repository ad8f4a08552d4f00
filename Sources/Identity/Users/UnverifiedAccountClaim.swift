internal import Platform
internal import Postgres

/// An account that somebody made with an address which was never shown to be theirs, and whose owner comes now. Nothing
/// that the other left on it stays: else they would wait there for the owner ("account pre-hijacking").
struct UnverifiedAccountClaim {
  let context: IdentityContext
  let transaction: Transaction
  let now: Instant

  /// Makes it the owner's, who is called `name`. The account is locked.
  func clear(_ user: ID, for name: String) async throws {
    try await transaction.execute(
      """
      UPDATE identity.user
         SET password_hash = NULL, email_verified_at = \(now), display_name = \(name), phone = '',
             version = version + 1, updated_at = \(now)
       WHERE id = \(user)
      """)
    try await transaction.execute("DELETE FROM identity.external_account a WHERE a.user_id = \(user)")
    try await transaction.execute("DELETE FROM identity.address a WHERE a.user_id = \(user)")
    try await SecondFactor(transaction: transaction, vault: context.vault, now: now).remove(of: user)
    // Ends whatever else was begun, too.
    let store = SessionStore(transaction: transaction, settings: context.settings, now: now)
    try await store.end(.allBut(nil), of: user, because: .passwordChanged)
    try await AccountChanges(transaction: transaction, now: now).revokeAccessTokens(of: user)
  }
}
