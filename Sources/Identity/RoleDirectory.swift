internal import Platform
internal import Postgres

/// Roles by name: those that every platform has, and those that were made.
struct RoleDirectory {
  let transaction: Transaction

  /// What the role may do; nil when there is none of that name.
  func permissions(of name: String) async throws -> PermissionSet? {
    if let role = Role(rawValue: name) { return role.permissions }
    let rows = try await transaction.rows(
      "SELECT array_to_string(r.permissions, ',') AS names FROM identity.role r WHERE r.name = \(name) FOR SHARE")
    guard let row = rows.first else { return nil }
    let names = try row.string("names").split(separator: ",").map(String.init)
    return PermissionSet(names.compactMap(Permission.init(name:)))
  }
}
