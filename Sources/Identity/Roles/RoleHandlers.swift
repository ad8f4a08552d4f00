internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.RoleService`.
struct RoleHandlers: RoleService {
  let context: IdentityContext

  func listRoles(_ request: ListRolesRequest, _ call: Call) async throws -> ListRolesResponse {
    let page = try await RoleList(request, try call.tokenSigner).read(call)
    let response = ListRolesResponse(in: call.arena)
    (response.roles, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func createRole(_ request: CreateRoleRequest, _ call: Call) async throws -> CreateRoleResponse {
    let (change, requestID) = try RoleChange.read(request.role, request.requestID, call)
    return try await context.work(request, id: requestID, call) { work in
      let response = CreateRoleResponse(in: call.arena)
      response.role = try await RoleStore(work: work, now: .now).create(change, in: call.arena)
      return response
    }
  }

  func updateRole(_ request: UpdateRoleRequest, _ call: Call) async throws -> UpdateRoleResponse {
    let (change, requestID) = try RoleChange.read(request.role, request.requestID, call)
    return try await context.work(request, id: requestID, call) { work in
      let store = RoleStore(work: work, now: .now)
      let response = UpdateRoleResponse(in: call.arena)
      response.role = try await store.replace(change, for: call.caller, in: call.arena)
      work.reportPrivileges(of: nil, "the role \(change.name) was changed", call)
      return response
    }
  }

  func deleteRole(_ request: DeleteRoleRequest, _ call: Call) async throws -> DeleteRoleResponse {
    var check = RequestCheck()
    let name = request.name.string
    check.require(!name.isEmpty, "name", "Must be a role's name.")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call) { work in
      try await RoleStore(work: work, now: .now).delete(name, in: state, for: call.caller, call.arena)
      return DeleteRoleResponse(in: call.arena)
    }
  }
}

/// The role in a request.
struct RoleChange {
  private static let nameBytesMax = 50

  let name: String
  let title: String
  let permissions: PermissionSet
  let state: ExpectedState

  /// Reads a role, and the id of its request.
  static func read(_ role: IdentityAPI.Role?, _ id: Text, _ call: Call) throws -> (RoleChange, requestID: ID) {
    var check = RequestCheck()
    let requestID = check.id(id, "request_id")
    try check.verify()
    return (try RoleChange(role ?? IdentityAPI.Role(in: call.arena), for: call.caller), requestID)
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``IdentityError/exceedsCallerPermissions``.
  private init(_ role: IdentityAPI.Role, for caller: Caller) throws {
    var check = RequestCheck()
    let name = role.name.string
    self.name = name
    let isName =
      (1...Self.nameBytesMax).contains(name.utf8.count) && name.first?.isLetter == true
      && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    check.require(
      isName && Platform.Role(rawValue: name) == nil, "role.name",
      "Must have 1 to 50 lower-case letters, digits and hyphens, a letter first, and not name a built-in role.")
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
    guard self.permissions.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
  }
}
