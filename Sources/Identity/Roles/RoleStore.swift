internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Custom roles, inside a transaction. The audit log records every change.
struct RoleStore {
  private static let type = IdentityAPI.Role.descriptor.fullName
  static let rolesMax = 190

  let work: UnitOfWork
  let now: Instant

  private var transaction: Transaction { work.transaction }

  static var columns: Query {
    "r.name, r.title, r.permissions, \(ETag.column("r.version")) AS etag, r.created_at AS create_time"
  }

  func create(_ change: RoleChange, in arena: Arena) async throws -> IdentityAPI.Role? {
    let made = try await transaction.execute(
      """
      INSERT INTO identity.role (name, title, permissions)
      SELECT \(change.name), \(change.title), \(change.permissions.names)::text[]
       WHERE (SELECT count(*) FROM identity.role) < \(Self.rolesMax)
      ON CONFLICT (name) DO NOTHING
      """)
    guard made == 1 else { throw IdentityError.roleExists(change.name) }
    try await work.verifyCaller(at: now)
    let role = try await find(change.name, in: arena)
    try await work.audit.recordRole(change.name, "identity.role.create", before: nil, after: role)
    return role
  }

  func replace(_ change: RoleChange, for caller: Caller, in arena: Arena) async throws -> IdentityAPI.Role? {
    try await lock(change.name, in: change.state, for: caller)
    let before = try await find(change.name, in: arena)
    try await transaction.execute(
      """
      UPDATE identity.role
         SET title = \(change.title), permissions = \(change.permissions.names)::text[], version = version + 1,
             updated_at = \(now)
       WHERE name = \(change.name)
      """)
    // The statement above has revoked their tokens, by the trigger `role_ends_tokens`.
    try await transaction.execute(
      """
      WITH changed AS (SELECT u.id, u.token_version FROM identity.user u WHERE u.role = \(change.name))
      \(Query.loggingChangedUsers)
      """)
    let after = try await find(change.name, in: arena)
    try await work.audit.recordRole(change.name, "identity.role.update", before: before, after: after)
    return after
  }

  func delete(_ name: String, in state: ExpectedState, for caller: Caller, _ arena: Arena) async throws {
    try await lock(name, in: state, for: caller)
    let before = try await find(name, in: arena)
    let deleted = try await transaction.execute(
      """
      DELETE FROM identity.role r
       WHERE r.name = \(name) AND NOT EXISTS (SELECT FROM identity.user u WHERE u.role = r.name)
         AND NOT EXISTS (SELECT FROM identity.invitation i
                          WHERE i.role = r.name AND i.accepted_at IS NULL AND i.revoked_at IS NULL
                            AND i.expires_at > \(now))
      """)
    guard deleted == 1 else { throw IdentityError.roleInUse(name) }
    try await work.audit.recordRole(name, "identity.role.delete", before: before, after: nil)
  }

  private func find(_ name: String, in arena: Arena) async throws -> IdentityAPI.Role? {
    try await transaction.first(
      IdentityAPI.Role.self, "SELECT \(Self.columns) FROM identity.role r WHERE r.name = \(name)", in: arena)
  }

  /// Locks a role that the caller may change: one that has no permission that they lack.
  private func lock(_ name: String, in state: ExpectedState, for caller: Caller) async throws {
    let rows = try await transaction.rows(
      """
      SELECT r.version, array_to_string(r.permissions, ',') AS names FROM identity.role r WHERE r.name = \(name)
         FOR UPDATE
      """)
    guard let row = rows.first else { throw IdentityError.noSuchRole(name) }
    let held = PermissionSet(try row.string("names").split(separator: ",").compactMap { Permission(name: String($0)) })
    guard held.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
    try state.verify(try row.int64("version"), of: Self.type, name)
    try await work.verifyCaller(at: now)
  }
}
