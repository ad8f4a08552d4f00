internal import Platform
internal import Postgres
internal import RPC

/// Before the ways to sign in are changed, a signed-in user proves once more who they are: a token that was stolen must
/// not open a door of its own.
extension IdentityContext {
  /// So young a session is proof enough for a user without a password.
  private static let freshSession: Duration = .seconds(900)

  /// - Returns: what the proof hangs on.
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
