internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.InvitationService`.
struct InvitationHandlers: InvitationService {
  let context: IdentityContext

  func createInvitation(_ request: CreateInvitationRequest, _ call: Call) async throws -> CreateInvitationResponse {
    let (user, _) = try call.userSession
    var check = RequestCheck()
    let email = check.email(request.email.string, "email")
    let role = request.role.string
    let isWorker = role != Role.customer.rawValue && role != Role.seller.rawValue
    check.require(!role.isEmpty && isWorker, "role", "Must be the name of a role other than customer and seller.")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call, answer: .sealed) { work in
      let invitations = Invitations(context: context, work: work, now: .now)
      let response = CreateInvitationResponse(in: call.arena)
      response.invitation = try await invitations.invite(email, as: role, by: user, call.caller, in: call.arena)
      return response
    }
  }

  func listInvitations(_ request: ListInvitationsRequest, _ call: Call) async throws -> ListInvitationsResponse {
    let page = try await InvitationList(request, at: .now, try call.tokenSigner).read(call)
    let response = ListInvitationsResponse(in: call.arena)
    (response.invitations, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func revokeInvitation(_ request: RevokeInvitationRequest, _ call: Call) async throws -> RevokeInvitationResponse {
    var check = RequestCheck()
    let id = check.id(request.invitationID, "invitation_id")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.work(request, id: requestID, call) { work in
      try await Invitations(context: context, work: work, now: .now).revoke(id, in: call.arena)
      return RevokeInvitationResponse(in: call.arena)
    }
  }

  func acceptInvitation(_ request: AcceptInvitationRequest, _ call: Call) async throws -> AcceptInvitationResponse {
    var check = RequestCheck()
    let token = check.token(request.token.string, "token")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let newcomer = InviteeDetails(request)
    // For an invalid token, no hash is computed, and a caller with many failures is refused before that.
    try await AuthenticationAttempt(context, on: nil, from: context.device(call), call).checkLockOut()
    let isGood = try await Invitations.isGood(token, at: .now, try call.database.connections)
    let hash = isGood && newcomer.isComplete ? try await context.hasher.hash(newcomer.password, on: call.loop) : nil
    return try await context.workVerified(request, id: requestID, call) { work in
      try await Invitations(context: context, work: work, now: .now).accept(token, newcomer, hash, call)
      return AcceptInvitationResponse(in: call.arena)
    }
  }
}

/// The password and the name of an invitee who has no account.
struct InviteeDetails {
  let password: String
  let displayName: String
  private let check: RequestCheck

  init(_ request: AcceptInvitationRequest) {
    var check = RequestCheck()
    password = check.newPassword(request.password.string, "password", email: nil)
    displayName = check.displayName(request.displayName.string, "display_name")
    self.check = check
  }

  var isComplete: Bool { (try? check.verify()) != nil }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  func verify() throws { try check.verify() }
}
