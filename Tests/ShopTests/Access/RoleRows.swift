import RPC

extension AccessRow {
  private static let service = "fastshop.identity.v1.RoleService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)

  private static func role(_ name: String, _ things: AccessResources) -> AccessRequest {
    AccessRequest(
      json: """
        {"role": {"name": "\(name)", "title": "Auditor", "permissions": ["audit.read"]},
         "request_id": "\(things.requestID)"}
        """, names: [name])
  }

  /// Roles that people have made are the platform's.
  static let roles = [
    AccessRow(service + "ListRoles", [.support, .manager, .admin], .plain(.ok)),
    AccessRow(
      service + "CreateRole", [.admin],
      .one("role.name", own: .all(.alreadyExists), absent: found) { things, whose in
        let name = whose == .own ? try await things.role() : "r" + things.requestID.filter(\.isHexDigit)
        return role(name, things)
      }),
    AccessRow(
      service + "UpdateRole", [.admin],
      .one("role.name", own: found, absent: missing) { things, whose in
        role(whose == .own ? try await things.role() : "nobodys", things)
      }),
    AccessRow(
      service + "DeleteRole", [.admin],
      .one("name", own: found, absent: missing) { things, whose in
        let name = whose == .own ? try await things.role() : "nobodys"
        return AccessRequest(json: "{\"name\": \"\(name)\", \"request_id\": \"\(things.requestID)\"}", names: [name])
      }),
  ]
}
