internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// What the audit log keeps of users.
///
/// Entries are kept for seven years and cannot be erased. Therefore an entry names a user by the id, without e-mail
/// address and name. An invitation keeps its e-mail address: without it, nobody knows who was invited.
enum IdentityAuditLog {
  /// The columns of a user that the audit log keeps.
  static var userColumns: Query {
    """
    u.id, u.role, coalesce(u.seller_id::text, '') AS seller_id, u.email_verified_at IS NOT NULL AS email_verified,
           u.disabled_at IS NOT NULL AS is_disabled, u.disabled_reason,
           EXISTS (SELECT FROM identity.totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
             AS second_factor, \(ETag.column("u.version")) AS etag
    """
  }
}

extension Work {
  /// Runs `change`, which changes a user whose row is locked, and records the user before and after it.
  func recordUserChange<Value>(
    of id: ID, _ action: String, _ change: () async throws -> Value
  ) async throws -> Value {
    let before = try await user(id)
    let value = try await change()
    try record(action, User.descriptor, id, before: before, after: try await user(id))
    return value
  }

  /// Records a user who is new.
  func recordNewUser(_ id: ID, _ action: String) async throws {
    try record(action, User.descriptor, id, before: nil, after: try await user(id))
  }

  /// Records that somebody else ended the sessions of a user. The user does not change.
  func recordSessionEnd(of id: ID, _ outcome: RevokeUserSessionsResponse) throws {
    try record("identity.user.end_sessions", User.descriptor, id, before: nil, after: outcome)
  }

  /// Records that a resource was created, changed or deleted: its state before and after.
  func record(
    _ action: String, _ type: MessageDescriptor, _ id: some CustomStringConvertible, before: (any Message)?,
    after: (any Message)?
  ) throws {
    try audit(action, on: type.fullName, id, before: before, after: after)
  }

  private func user(_ id: ID) async throws -> User? {
    try await first(
      User.self,
      "SELECT \(IdentityAuditLog.userColumns) FROM identity.user u WHERE u.id = \(id) FOR UPDATE OF u")
  }
}
