internal import Identity
internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// Somebody is invited to the team of a shop.
struct NewTeamMember {
  let requestID: ID
  let seller: ID
  private let email: EmailAddress?
  private let role: ShopRole
  private let caller: Caller

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: InviteTeamMemberRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    seller = check.id(request.sellerID, "seller_id")
    email = check.email(request.email.string, "email")
    role = check.teamRole(request.role, "role")
    try check.verify()
    self.caller = caller
  }

  /// - Throws: ``SellersError``, and what ``ShopTeam`` throws.
  func invite(_ mailer: any AccountMailer, in work: Work) async throws -> TeamInvitation {
    let shop = StoredShop(seller: seller, work: work)
    _ = try await shop.lock(in: .any, for: caller.sellers)
    guard let email, let user = caller.id else { throw AccessRefusal.badCredentials(.ended) }  // both were checked
    let name = try await shop.withoutTrader().name.string
    let replaced = try await work.first(
      TeamInvitation.self, TeamColumns.pendingInvitation(of: email, to: seller, at: work.now))
    let id = try await ShopTeam(of: seller, in: work).invite(email, as: role, of: name, by: user, mailer)
    let made = try await work.first(TeamInvitation.self, TeamColumns.invitation(id, to: seller))
    guard let made else { throw PostgresError.mapping("an invitation that was made") }
    try work.audit(
      "sellers.team.invite", on: TeamInvitation.descriptor.fullName, id, before: replaced, after: made)
    work.publish(NewEvent("sellers.team", "invited", of: seller))
    return made
  }
}

/// What a person of a team may do changes.
struct TeamRoleChange {
  let requestID: ID
  let seller: ID
  private let user: ID
  private let role: ShopRole
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateTeamMemberRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    seller = check.id(request.sellerID, "seller_id")
    user = check.id(request.userID, "user_id")
    role = check.teamRole(request.role, "role")
    try check.verify()
    sellers = caller.sellers
  }

  /// - Throws: ``SellersError``, and what ``ShopTeam`` throws.
  func carryOut(in work: Work) async throws -> TeamMember {
    _ = try await StoredShop(seller: seller, work: work).lock(in: .any, for: sellers)
    let before = try await work.first(TeamMember.self, TeamColumns.auditedMember(user, of: seller))
    try await ShopTeam(of: seller, in: work).setRole(role, of: user)
    let after = try await work.first(TeamMember.self, TeamColumns.auditedMember(user, of: seller))
    try work.audit(
      "sellers.team.set_role", on: TeamMember.descriptor.fullName, user, before: before, after: after)
    work.publish(NewEvent("sellers.team", "changed", of: seller, subjects: [user]))
    let member = try await work.first(TeamMember.self, TeamColumns.member(user, of: seller))
    guard let member else { throw PostgresError.mapping("a member that was changed") }
    return member
  }
}

/// A person leaves a team, or an invitation to it is withdrawn.
struct TeamRemoval {
  private enum Target {
    case user(ID)
    case invitation(ID)
  }

  let requestID: ID
  let seller: ID
  private let target: Target
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: RemoveTeamMemberRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    seller = check.id(request.sellerID, "seller_id")
    switch request.member {
    case .userID(let id): target = .user(check.id(id, "user_id"))
    case .invitationID(let id): target = .invitation(check.id(id, "invitation_id"))
    case nil:
      check.refuse("member", "One of user_id and invitation_id must be set.")
      target = .user(.none)
    }
    try check.verify()
    sellers = caller.sellers
  }

  /// - Throws: ``SellersError``, and what ``ShopTeam`` throws.
  func carryOut(in work: Work) async throws {
    _ = try await StoredShop(seller: seller, work: work).lock(in: .any, for: sellers)
    let team = ShopTeam(of: seller, in: work)
    switch target {
    case .user(let user):
      let before = try await work.first(TeamMember.self, TeamColumns.auditedMember(user, of: seller))
      try await team.remove(user)
      try work.audit("sellers.team.remove", on: TeamMember.descriptor.fullName, user, before: before)
      work.publish(NewEvent("sellers.team", "removed", of: seller, subjects: [user]))
    case .invitation(let id):
      let before = try await work.first(TeamInvitation.self, TeamColumns.invitation(id, to: seller))
      try await team.revokeInvitation(id)
      try work.audit("sellers.team.revoke_invitation", on: TeamInvitation.descriptor.fullName, id, before: before)
      work.publish(NewEvent("sellers.team", "invitation_revoked", of: seller))
    }
  }
}
