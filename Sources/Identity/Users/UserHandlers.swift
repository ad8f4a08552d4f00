internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.UserService`.
struct UserHandlers: UserService {
  private static let reasonCharactersMax = 500

  let context: IdentityContext

  func listUsers(_ request: ListUsersRequest, _ call: Call) async throws -> ListUsersResponse {
    let page = try await UserList(request, try call.tokenSigner).read(call)
    let response = ListUsersResponse(in: call.arena)
    (response.users, response.nextPageToken) = (page.elements, page.nextPageToken)
    (response.totalSize, response.totalSizeIsExact) = (page.total?.count, page.total?.isExact ?? false)
    return response
  }

  func getUser(_ request: GetUserRequest, _ call: Call) async throws -> GetUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    try check.verify()
    let response = GetUserResponse(in: call.arena)
    response.user = try await UserList.user(id, try call.database.connections, in: call.arena)
    return response
  }

  func setUserRole(_ request: SetUserRoleRequest, _ call: Call) async throws -> SetUserRoleResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let (role, seller) = check.role(request)
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call, answer: .sealed) { work in
      let response = SetUserRoleResponse(in: call.arena)
      response.user = try await UserChange(context, work, call).setRole(role, seller: seller, of: id, in: state)
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
    return try await context.work(request, id: requestID, call, answer: .sealed) { work in
      let response = DisableUserResponse(in: call.arena)
      response.user = try await UserChange(context, work, call).disable(id, because: reason, in: state)
      return response
    }
  }

  func enableUser(_ request: EnableUserRequest, _ call: Call) async throws -> EnableUserResponse {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call, answer: .sealed) { work in
      let response = EnableUserResponse(in: call.arena)
      response.user = try await UserChange(context, work, call).enable(id, in: state)
      return response
    }
  }

  func revokeUserSessions(_ request: RevokeUserSessionsRequest, _ call: Call) async throws -> RevokeUserSessionsResponse
  {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call) { work in
      let response = RevokeUserSessionsResponse(in: call.arena)
      response.revokedCount = Int32(clamping: try await UserChange(context, work, call).revokeSessions(of: id))
      try work.recordSessionEnd(of: id, response)
      return response
    }
  }

  func deleteUserSecondFactor(_ request: DeleteUserSecondFactorRequest, _ call: Call) async throws
    -> DeleteUserSecondFactorResponse
  {
    var check = RequestCheck()
    let id = check.id(request.userID, "user_id")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call, answer: .sealed) { work in
      let response = DeleteUserSecondFactorResponse(in: call.arena)
      response.user = try await UserChange(context, work, call).deleteSecondFactor(of: id, in: state)
      return response
    }
  }
}

extension RequestCheck {
  /// The name of a role, with the shop if the role is seller.
  fileprivate mutating func role(_ request: SetUserRoleRequest) -> (String, seller: ID?) {
    let role = request.role.string
    require(!role.isEmpty, "role", "Must be a role's name.")
    let seller = optionalID(request.sellerID, "seller_id")
    let isSeller = role == Role.seller.rawValue
    require((seller != nil) == isSeller, "seller_id", "Must be set with the role seller, and only then.")
    return (role, seller)
  }
}
