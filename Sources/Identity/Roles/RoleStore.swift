internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Custom roles, inside a transaction. The audit log records every change.
struct RoleStore {
  private static let type = IdentityAPI.Role.descriptor.fullName
  static let rolesMax = 190

  let work: Work
  let now: Instant

  static var columns: Query {
    "r.name, r.title, r.permissions, \(ETag.column("r.version")) AS etag, r.created_at AS create_time"
  }

  func create(_ change: RoleChange, in arena: Arena) async throws -> IdentityAPI.Role? {
    let made = try await work.execute(
      """
      INSERT INTO identity.role (name, title, permissions)
      SELECT \(change.name), \(change.title), \(change.permissions.names)::text[]
       WHERE (SELECT count(*) FROM identity.role) < \(Self.rolesMax)
      ON CONFLICT (name) DO NOTHING
      """)
    guard made == 1 else { throw IdentityError.roleExists(change.name) }
    try await work.verifyCaller(at: now)
    let role = try await find(change.name, in: arena)
    try work.audit("identity.role.create", on: Self.type, change.name, before: nil, after: role)
    return role
  }

  func replace(_ change: RoleChange, for caller: Caller, in arena: Arena) async throws -> IdentityAPI.Role? {
    try await lock(change.name, in: change.state, for: caller)
    let before = try await find(change.name, in: arena)
    try await work.execute(
      """
      UPDATE identity.role
         SET title = \(change.title), permissions = \(change.permissions.names)::text[], version = version + 1,
             updated_at = \(now)
       WHERE name = \(change.name)
      """)
    work.publishChangedUsers(ofRole: change.name)  // the trigger `role_ends_tokens` has revoked their tokens
    let after = try await find(change.name, in: arena)
    try work.audit("identity.role.update", on: Self.type, change.name, before: before, after: after)
    return after
  }

  func delete(_ name: String, in state: ExpectedState, for caller: Caller, _ arena: Arena) async throws {
    try await lock(name, in: state, for: caller)
    let before = try await find(name, in: arena)
    let deleted = try await work.execute(
      """
      DELETE FROM identity.role r
       WHERE r.name = \(name) AND NOT EXISTS (SELECT FROM identity.user u WHERE u.role = r.name)
         AND NOT EXISTS (SELECT FROM identity.invitation i
                          WHERE i.role = r.name AND i.accepted_at IS NULL AND i.revoked_at IS NULL
                            AND i.expires_at > \(now))
      """)
    guard deleted == 1 else { throw IdentityError.roleInUse(name) }
    try work.audit("identity.role.delete", on: Self.type, name, before: before, after: nil)
  }

  private func find(_ name: String, in arena: Arena) async throws -> IdentityAPI.Role? {
    try await work.first(
      IdentityAPI.Role.self, "SELECT \(Self.columns) FROM identity.role r WHERE r.name = \(name)", in: arena)
  }

  /// Locks a role that the caller may change: one that has no permission that they lack.
  private func lock(_ name: String, in state: ExpectedState, for caller: Caller) async throws {
    let rows = try await work.rows(
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
