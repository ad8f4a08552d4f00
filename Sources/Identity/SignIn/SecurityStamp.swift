internal import Platform
internal import Postgres

/// Ties something that is begun now and redeemed later to the credentials of the user: a sign-in that waits for its
/// second factor, an approved device, a mailed token, a link to an external account, an enrolment.
///
/// The stamp is stored when the thing is begun, and compared in the transaction that redeems it. A change of the ways
/// to sign in, or the end of all sessions, advances the credential version of the user. The end of one session
/// invalidates what that session began.
struct SecurityStamp: Equatable, Sendable {
  let user: ID
  /// The credential version of the user.
  let version: Int64
  /// The session in which the thing was begun; nil outside of a session.
  let session: ID?
}

extension Account {
  /// The stamp of what is begun now.
  func stamp(in session: ID? = nil) -> SecurityStamp {
    SecurityStamp(user: id, version: credentialVersion, session: session)
  }

  /// Locks the account of `stamp`. Nil when the stamp is out of date, so what it belongs to must not be redeemed. Call
  /// it in the transaction that redeems it.
  static func lock(
    _ stamp: SecurityStamp, at now: Instant, _ work: Work
  ) async throws(PostgresError) -> Account? {
    guard let account = try await lock(stamp.user, work), account.credentialVersion == stamp.version else {
      return nil
    }
    guard let session = stamp.session else { return account }
    let alive = try await work.rows(
      """
      SELECT FROM identity.session s
       WHERE s.id = \(session) AND s.user_id = \(stamp.user) AND s.ended_at IS NULL AND s.expires_at > \(now)
         FOR SHARE
      """)
    return alive.isEmpty ? nil : account
  }
}

extension Row {
  /// The columns of a security stamp.
  func stamp(of user: ID, isInSession: Bool) throws(PostgresError) -> SecurityStamp {
    SecurityStamp(
      user: user, version: try int64("credential_version"),
      session: isInSession ? try optionalID("session_id") : nil)
  }
}
