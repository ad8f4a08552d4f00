internal import Platform
internal import Postgres

/// Roles by name: those that every platform has, and those that were made.
struct RoleDirectory {
  let transaction: Transaction

  /// What the role may do; nil when there is none of that name. To be given to somebody, it stays as it is until the
  /// transaction ends.
  func take(_ name: String) async throws -> PermissionSet? {
    try await permissions(of: name, lock: " FOR SHARE")
  }

  /// What the role may do at this moment; nil when there is none of that name. Whoever changes a role locks it and then
  /// its users, so nobody who has locked a user may wait for a role.
  func permissions(of name: String) async throws -> PermissionSet? {
    try await permissions(of: name, lock: "")
  }

  private func permissions(of name: String, lock: Query) async throws -> PermissionSet? {
    if let role = Role(rawValue: name) { return role.permissions }
    let rows = try await transaction.rows(
      "SELECT array_to_string(r.permissions, ',') AS names FROM identity.role r WHERE r.name = \(name)\(lock)")
    guard let row = rows.first else { return nil }
    let names = try row.string("names").split(separator: ",").map(String.init)
    return PermissionSet(names.compactMap(Permission.init(name:)))
  }
}
