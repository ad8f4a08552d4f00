internal import Platform
internal import Postgres

/// What everything hangs on that is begun now and redeemed later: a sign-in that waits for its second factor, a device
/// that was approved, a mailed token, a link to an account elsewhere, an enrolment.
///
/// It is noted when the thing is begun, and compared in the transaction that redeems it. Whatever changes how a user
/// signs in, or ends their sessions together, moves the user's version on; whatever ends one session leaves the version
/// and ends what that session began. So nobody has to remember what there may be to end.
struct SecurityStamp: Equatable, Sendable {
  let user: ID
  /// The version of the user's credentials.
  let version: Int64
  /// The session in which it was begun; nil for what was begun outside of one.
  let session: ID?
}

extension Account {
  /// What is begun now hangs on this.
  func stamp(in session: ID? = nil) -> SecurityStamp {
    SecurityStamp(user: id, version: credentialVersion, session: session)
  }

  /// The account that `stamp` is of, locked: nil when something has ended since what hangs on it, so that it must not
  /// be redeemed. To be asked in the transaction that redeems it.
  static func lock(
    _ stamp: SecurityStamp, at now: Instant, _ transaction: Transaction
  ) async throws(PostgresError) -> Account? {
    guard let account = try await lock(stamp.user, transaction), account.credentialVersion == stamp.version else {
      return nil
    }
    guard let session = stamp.session else { return account }
    let alive = try await transaction.rows(
      """
      SELECT FROM identity.session s
       WHERE s.id = \(session) AND s.user_id = \(stamp.user) AND s.ended_at IS NULL AND s.expires_at > \(now)
         FOR SHARE
      """)
    return alive.isEmpty ? nil : account
  }
}

extension Row {
  /// The columns that say what something hangs on.
  func stamp(of user: ID, isInSession: Bool) throws(PostgresError) -> SecurityStamp {
    SecurityStamp(
      user: user, version: try int64("credential_version"),
      session: isInSession ? try optionalID("session_id") : nil)
  }
}
