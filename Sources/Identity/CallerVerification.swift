internal import Platform
internal import Postgres

extension Work {
  /// Verifies that the caller still has the rights that they had when the call began. While the call waited for a lock,
  /// the caller may have been disabled, signed out or given another role. Call it when the change holds all its locks,
  /// and before the role of the caller itself changes.
  /// - Throws: UNAUTHENTICATED when the credentials of the caller are out of date.
  func verifyCaller(at now: Instant) async throws {
    guard let caller = origin.caller, let id = caller.id, let session = caller.sessionID,
      let account = try await Account.find(id, self), !account.isDisabled
    else { throw AccessRefusal.badCredentials(.ended) }
    let alive = try await rows(
      """
      SELECT FROM identity.session s
       WHERE s.id = \(session) AND s.user_id = \(id) AND s.ended_at IS NULL AND s.expires_at > \(now)
      """)
    guard !alive.isEmpty else { throw AccessRefusal.badCredentials(.ended) }
    guard account.sellerID == caller.sellerID, caller.permissions.isSubset(of: account.permissions) else {
      throw AccessRefusal.badCredentials(.outdated)
    }
  }
}
