internal import Platform
internal import Postgres

/// Finds the permissions of roles by name: of the built-in ones and of custom ones.
struct RoleDirectory {
  let work: Work

  /// The permissions of the role; nil when it does not exist. The role is locked until the transaction ends, so it can
  /// be assigned.
  func lockPermissions(of name: String) async throws -> PermissionSet? {
    try await permissions(of: name, lock: " FOR SHARE")
  }

  /// The current permissions of the role; nil when it does not exist. A change of a role locks the role and then its
  /// users, so a transaction that has locked a user must not lock a role.
  func permissions(of name: String) async throws -> PermissionSet? {
    try await permissions(of: name, lock: "")
  }

  private func permissions(of name: String, lock: Query) async throws -> PermissionSet? {
    if let role = Role(rawValue: name) { return role.permissions }
    let rows = try await work.rows(
      "SELECT array_to_string(r.permissions, ',') AS names FROM identity.role r WHERE r.name = \(name)\(lock)")
    guard let row = rows.first else { return nil }
    let names = try row.string("names").split(separator: ",").map(String.init)
    return PermissionSet(names.compactMap(Permission.init(name:)))
  }
}
