internal import Platform
internal import Postgres

/// The owner of an e-mail address claims an account that somebody registered with it and never verified. Everything
/// that the other party left on the account is removed, so it cannot wait there for the owner ("account
/// pre-hijacking").
struct UnverifiedAccountClaim {
  let context: IdentityContext
  let work: Work
  let now: Instant

  /// Resets the account for its owner, whose name is `name`. The account is locked.
  func clear(_ user: ID, for name: String) async throws {
    try await work.execute(
      """
      UPDATE identity.user
         SET password_hash = NULL, email_verified_at = \(now), display_name = \(name), phone = '',
             version = version + 1, updated_at = \(now)
       WHERE id = \(user)
      """)
    try await ExternalLink(context: context, work: work, user: user, now: now).discardAll(in: work.arena)
    try await work.execute("DELETE FROM identity.address a WHERE a.user_id = \(user)")
    try await SecondFactor(work: work, vault: context.vault, now: now).remove(of: user)
    // This also invalidates what was begun.
    let store = SessionStore(work: work, settings: context.settings, now: now)
    try await store.end(.allBut(nil), of: user, because: .passwordChanged)
    try await AccountChanges(work: work, now: now).revokeAccessTokens(of: user)
  }
}
