internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.RoleService`.
struct RoleEndpoint: RoleService {
  let desk: Reception

  func listRoles(_ request: ListRolesRequest, _ call: Call) async throws -> ListRolesResponse {
    let response = ListRolesResponse(in: call.arena)
    for role in Role.allCases { RoleStore.fill(response.roles.appendNew(), role) }
    let made = try await call.database.all(
      UserRole.self, "SELECT \(RoleStore.columns) FROM identity.role r ORDER BY r.name LIMIT \(RoleStore.rolesMax)")
    response.roles.append(contentsOf: made)
    return response
  }

  func createRole(_ request: CreateRoleRequest, _ call: Call) async throws -> CreateRoleResponse {
    let change = try RoleChange(request.role ?? UserRole(in: call.arena), for: call.caller)
    let response = CreateRoleResponse(in: call.arena)
    response.role = try await desk.change(call) { transaction in
      try await RoleStore(transaction: transaction, now: .now).make(change, in: call.arena)
    }
    return response
  }

  func updateRole(_ request: UpdateRoleRequest, _ call: Call) async throws -> UpdateRoleResponse {
    let change = try RoleChange(request.role ?? UserRole(in: call.arena), for: call.caller)
    let response = UpdateRoleResponse(in: call.arena)
    response.role = try await desk.change(call) { transaction in
      try await RoleStore(transaction: transaction, now: .now).replace(change, for: call.caller, in: call.arena)
    }
    return response
  }

  func deleteRole(_ request: DeleteRoleRequest, _ call: Call) async throws -> DeleteRoleResponse {
    var check = RequestCheck()
    let name = request.name.string
    check.require(!name.isEmpty, "name", "Must be a role's name.")
    try check.verify()
    try await desk.change(call) { transaction in
      try await RoleStore(transaction: transaction, now: .now).forget(name, for: call.caller)
    }
    return DeleteRoleResponse(in: call.arena)
  }
}

/// A role as somebody wants it.
struct RoleChange {
  private static let nameBytesMax = 50

  let name: String
  let title: String
  let permissions: PermissionSet
  let state: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``IdentityError/aboveTheCaller``.
  init(_ role: UserRole, for caller: Caller) throws {
    var check = RequestCheck()
    let name = role.name.string
    self.name = name
    let isName =
      (1...Self.nameBytesMax).contains(name.utf8.count) && name.first?.isLetter == true
      && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    check.require(
      isName && Role(rawValue: name) == nil, "role.name",
      "Must have 1 to 50 lower-case letters, digits and hyphens, a letter first, and not be a built-in role's.")
    title = check.line(role.title, "role.title", isRequired: true)
    state = check.etag(role.etag, "role.etag")
    var permissions: [Permission] = []
    check.require(role.permissions.count <= 100, "role.permissions", "Must have at most 100 permissions.")
    for (index, name) in role.permissions.prefix(100).enumerated() {
      if let permission = Permission(name: name.string) {
        permissions.append(permission)
      } else {
        check.refuse("role.permissions[\(index)]", "Must be the name of a permission, such as inventory.write.")
      }
    }
    self.permissions = PermissionSet(permissions)
    try check.verify()
    guard self.permissions.isSubset(of: caller.permissions) else { throw IdentityError.aboveTheCaller }
  }
}
