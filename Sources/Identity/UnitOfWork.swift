internal import IdentityAPI
internal import Platform
internal import Postgres
internal import RPC

/// The unit of work of a call in one transaction: the changes, and their entries in the audit log.
struct UnitOfWork {
  let transaction: Transaction
  let audit: IdentityAuditLog
  private let caller: Caller

  /// The unit of work of `call`.
  init(_ transaction: Transaction, _ call: Call, requestID: ID? = nil) throws {
    let origin = try call.origin
    self.transaction = transaction
    caller = origin.caller
    audit = IdentityAuditLog(transaction: transaction, origin: origin, requestID: requestID, arena: call.arena)
  }

  /// Verifies that the caller still has the rights that they had when the call began. While the call waited for a lock,
  /// the caller may have been disabled, signed out or given another role. Call it when the change holds all its locks,
  /// and before the role of the caller itself changes.
  /// - Throws: UNAUTHENTICATED when the credentials of the caller are out of date.
  func verifyCaller(at now: Instant) async throws {
    guard let id = caller.id, let session = caller.sessionID, let account = try await Account.find(id, transaction),
      !account.isDisabled, account.sellerID == caller.sellerID
    else { throw AccessRefusal.badCredentials(.ended) }
    let held = try await RoleDirectory(transaction: transaction).permissions(of: account.role) ?? []
    let alive = try await transaction.rows(
      """
      SELECT FROM identity.session s
       WHERE s.id = \(session) AND s.user_id = \(id) AND s.ended_at IS NULL AND s.expires_at > \(now)
      """)
    guard caller.permissions.isSubset(of: held), !alive.isEmpty else { throw AccessRefusal.badCredentials(.ended) }
  }
}
