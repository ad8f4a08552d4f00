internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.UserService`.
struct UserEndpoint: UserService {
  private static let reasonCharactersMax = 500

  let desk: Reception

  func listUsers(_ request: ListUsersRequest, _ call: Call) async throws -> ListUsersResponse {
    let list = try UserList(request)
    return list.page(of: try await call.database.all(User.self, list.query), in: call.arena)
  }

  func getUser(_ request: GetUserRequest, _ call: Call) async throws -> GetUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    try check.verify()
    let response = GetUserResponse(in: call.arena)
    response.user = try await find(id, try call.database.connections, call)
    return response
  }

  func setUserRole(_ request: SetUserRoleRequest, _ call: Call) async throws -> SetUserRoleResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let role = request.role.string
    check.require(!role.isEmpty, "role", "Must be a role's name.")
    let seller = check.optionalID(request.sellerID, "seller_id")
    check.require(
      (seller != nil) == (role == Role.seller.rawValue), "seller_id",
      "Must be given with the role seller, and only then.")
    try check.verify()
    let response = SetUserRoleResponse(in: call.arena)
    response.user = try await change(id, call) { try await $0.setRole(role, seller: seller, of: id, in: state) }
    return response
  }

  func disableUser(_ request: DisableUserRequest, _ call: Call) async throws -> DisableUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let reason = check.line(request.reason, "reason", upTo: Self.reasonCharactersMax)
    try check.verify()
    let response = DisableUserResponse(in: call.arena)
    response.user = try await change(id, call) { try await $0.disable(id, because: reason, in: state) }
    return response
  }

  func enableUser(_ request: EnableUserRequest, _ call: Call) async throws -> EnableUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    try check.verify()
    let response = EnableUserResponse(in: call.arena)
    response.user = try await change(id, call) { try await $0.enable(id, in: state) }
    return response
  }

  private func change(_ id: ID, _ call: Call, _ body: (UserChange) async throws -> Void) async throws -> User {
    try await desk.change(call) { transaction in
      try await body(UserChange(desk: desk, transaction: transaction, caller: call.caller, now: .now))
      return try await find(id, transaction, call)
    }
  }

  private func find(_ id: ID, _ runner: some QueryRunner, _ call: Call) async throws -> User {
    let user = try await runner.first(
      User.self, "SELECT \(UserList.columns) FROM identity.user u WHERE u.id = \(id)", in: call.arena)
    guard let user else { throw IdentityError.noSuchUser(id.description) }
    return user
  }
}
