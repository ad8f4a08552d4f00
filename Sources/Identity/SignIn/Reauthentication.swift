internal import Platform
internal import Postgres
internal import RPC

/// Re-authentication: a signed-in user authenticates again before the ways to sign in change, so a stolen access token
/// cannot add one.
extension IdentityContext {
  /// For a user without a password, a session that began so recently is enough.
  private static let freshSession: Duration = .seconds(900)

  /// - Returns: the security stamp of the re-authentication.
  /// - Throws: ``IdentityError/wrongCredentials``, or ``IdentityError/signInAgain`` for a user without a password.
  func reauthenticate(_ password: String, _ linkingSession: PendingAuthorization.LinkingSession, _ call: Call)
    async throws -> SecurityStamp
  {
    guard let account = try await Account.find(linkingSession.user, try call.database.connections) else {
      throw IdentityError.noSession
    }
    if account.passwordHash != nil {
      return try await verifyPassword(password, of: linkingSession.user, in: linkingSession.session, call)
    }
    let rows = try await call.database.connections.rows(
      """
      SELECT FROM identity.session s
       WHERE s.id = \(linkingSession.session) AND s.user_id = \(linkingSession.user)
         AND s.created_at > \(Instant.now - Self.freshSession)
      """)
    if rows.isEmpty { throw IdentityError.signInAgain }
    return account.stamp(in: linkingSession.session)
  }
}
