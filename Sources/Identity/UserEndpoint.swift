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
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await desk.once(request, id: requestID, call, answer: .sealed) { witness in
      let change = UserChange(desk: desk, witness: witness, caller: call.caller, now: .now)
      try await change.setRole(role, seller: seller, of: id, in: state)
      try await witness.transaction.reportPrivileges(of: id, "the role is \(role)", call)
      let response = SetUserRoleResponse(in: call.arena)
      response.user = try await find(id, witness.transaction, call)
      return response
    }
  }

  func disableUser(_ request: DisableUserRequest, _ call: Call) async throws -> DisableUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let reason = check.line(request.reason, "reason", upTo: Self.reasonCharactersMax)
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await desk.once(request, id: requestID, call, answer: .sealed) { witness in
      let change = UserChange(desk: desk, witness: witness, caller: call.caller, now: .now)
      try await change.disable(id, because: reason, in: state)
      try await witness.transaction.reportPrivileges(of: id, "the account is disabled", call)
      let response = DisableUserResponse(in: call.arena)
      response.user = try await find(id, witness.transaction, call)
      return response
    }
  }

  func enableUser(_ request: EnableUserRequest, _ call: Call) async throws -> EnableUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await desk.once(request, id: requestID, call, answer: .sealed) { witness in
      let change = UserChange(desk: desk, witness: witness, caller: call.caller, now: .now)
      try await change.enable(id, in: state)
      try await witness.transaction.reportPrivileges(of: id, "the account is enabled", call)
      let response = EnableUserResponse(in: call.arena)
      response.user = try await find(id, witness.transaction, call)
      return response
    }
  }

  func endUserSessions(_ request: EndUserSessionsRequest, _ call: Call) async throws -> EndUserSessionsResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await desk.once(request, id: requestID, call) { witness in
      let change = UserChange(desk: desk, witness: witness, caller: call.caller, now: .now)
      let response = EndUserSessionsResponse(in: call.arena)
      response.endedCount = Int32(clamping: try await change.endSessions(of: id))
      try await witness.sessions(of: id, ended: response)
      return response
    }
  }

  func resetSecondFactor(_ request: ResetSecondFactorRequest, _ call: Call) async throws -> ResetSecondFactorResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await desk.once(request, id: requestID, call, answer: .sealed) { witness in
      let change = UserChange(desk: desk, witness: witness, caller: call.caller, now: .now)
      try await change.resetSecondFactor(of: id, in: state)
      try await witness.transaction.reportPrivileges(of: id, "the second factor was taken away", call)
      let response = ResetSecondFactorResponse(in: call.arena)
      response.user = try await find(id, witness.transaction, call)
      return response
    }
  }

  private func find(_ id: ID, _ runner: some QueryRunner, _ call: Call) async throws -> User {
    let user = try await runner.first(
      User.self, "SELECT \(UserList.columns) FROM identity.user u WHERE u.id = \(id)", in: call.arena)
    guard let user else { throw IdentityError.noSuchUser(id.description) }
    return user
  }
}
