internal import IdentityAPI
package import Platform
internal import Postgres
internal import Protobuf

/// The people who run a shop, for the module that runs the sellers: inside a unit of work that has locked the shop, so
/// that changes of one team run one after another. That module records the changes in the audit log.
package struct ShopTeam {
  /// The maximum number of people, those who are invited among them.
  package static let peopleMax = 50

  private struct Member {
    let id: ID
    let role: ShopRole
    let isDisabled: Bool
  }

  private let seller: ID
  private let work: Work

  /// The team of a shop that exists.
  package init(of seller: ID, in work: Work) {
    self.seller = seller
    self.work = work
  }

  /// Makes a customer an owner of the shop.
  /// - Returns: whether that was done; false for an account that is disabled, missing, or no customer's.
  package func appoint(_ user: ID) async throws -> Bool {
    try await work.verifyCaller(at: work.now)
    guard let account = try await Account.lock(user, work), account.role == Role.customer.rawValue,
      !account.isDisabled
    else { return false }
    try await place(user, at: ShopPosition(seller: seller, role: .owner))
    return true
  }

  /// Invites somebody, and mails the token.
  /// - Parameter shop: the name of the shop.
  /// - Returns: the id of the invitation.
  /// - Throws: TEAM_FULL, EXCEEDS_CALLER_PERMISSIONS, TOO_MANY_MAILS.
  package func invite(
    _ email: EmailAddress, as role: ShopRole, of shop: String, by user: ID, _ mailer: any AccountMailer
  ) async throws -> ID {
    _ = try await lockMembers()
    try verifyCallerGrants(role)
    let invitation = NewInvitation(
      email: email, role: Role.seller.rawValue, shop: ShopPosition(seller: seller, role: role),
      title: "\(role.rawValue) of \(shop)")
    let (_, made) = try await invitation.make(by: user, mailer, in: work, at: work.now)
    try await verifySize()
    guard let id = ID(made.id.string) else { throw PostgresError.mapping("an invitation that was made") }
    return id
  }

  /// Verifies it after somebody was added.
  /// - Throws: TEAM_FULL.
  func verifySize() async throws {
    // In one statement: whoever accepts an invitation meanwhile is counted once, invited or in the team.
    let rows = try await work.rows(
      """
      SELECT (SELECT count(*) FROM identity.user u WHERE u.seller_id = \(seller) AND u.role = 'seller')
             + (SELECT count(*)
                  FROM identity.invitation i
                 WHERE i.seller_id = \(seller) AND \(Invitations.waits(at: work.now))) AS n
      """)
    guard let people = try rows.first?.int64("n"), people <= Self.peopleMax else { throw IdentityError.teamFull }
  }

  /// Withdraws a pending invitation.
  /// - Throws: NOT_FOUND for one of another shop, or none.
  package func revokeInvitation(_ id: ID) async throws {
    try await work.verifyCaller(at: work.now)
    let revoked = try await work.execute(
      """
      UPDATE identity.invitation i SET revoked_at = \(work.now)
       WHERE i.id = \(id) AND i.seller_id = \(seller) AND \(Invitations.waits(at: work.now))
      """)
    guard revoked == 1 else { throw IdentityError.noSuchTeamInvitation(id.description) }
  }

  /// Changes what a person may do, and ends the person's access tokens.
  /// - Throws: NOT_FOUND, LAST_OWNER, EXCEEDS_CALLER_PERMISSIONS.
  package func setRole(_ role: ShopRole, of user: ID) async throws {
    let members = try await lockMembers()
    guard let member = members.first(where: { $0.id == user }) else {
      throw IdentityError.noSuchTeamMember(user.description)
    }
    try verifyCallerGrants(member.role)
    try verifyCallerGrants(role)
    if role != .owner { try verifyOwner(besides: user, of: members) }
    try await place(user, at: ShopPosition(seller: seller, role: role))
  }

  /// Removes a person, who is a customer from then on, and ends the person's access tokens.
  /// - Throws: NOT_FOUND, LAST_OWNER, EXCEEDS_CALLER_PERMISSIONS.
  package func remove(_ user: ID) async throws {
    let members = try await lockMembers()
    guard let member = members.first(where: { $0.id == user }) else {
      throw IdentityError.noSuchTeamMember(user.description)
    }
    try verifyCallerGrants(member.role)
    try verifyOwner(besides: user, of: members)
    try await place(user, at: nil)
  }

  /// The owners, to be mailed to.
  package func owners() async throws -> [EmailRecipient] {
    try await work.rows(
      """
      SELECT m.email, m.display_name
        FROM identity.shop_member m
       WHERE m.seller_id = \(seller) AND m.role = 'owner' AND NOT m.is_disabled
       ORDER BY m.user_id
       LIMIT \(Self.peopleMax)
      """
    ).map { EmailRecipient(email: try $0.string("email"), name: try $0.string("display_name")) }
  }

  /// Locks all people of the team in the order of their ids, and verifies that the caller still has the rights that the
  /// call began with: of two owners who remove each other, the second is none by then.
  private func lockMembers() async throws -> [Member] {
    let rows = try await work.rows(
      """
      SELECT u.id, coalesce(u.shop_role, 'owner') AS role, u.disabled_at IS NOT NULL AS is_disabled
        FROM identity.user u
       WHERE u.seller_id = \(seller) AND u.role = 'seller'
       ORDER BY u.id
         FOR UPDATE
      """)
    try await work.verifyCaller(at: work.now)
    return try rows.map { row in
      guard let role = ShopRole(rawValue: try row.string("role")) else { throw PostgresError.mapping("a shop role") }
      return Member(id: try row.id("id"), role: role, isDisabled: try row.bool("is_disabled"))
    }
  }

  private func verifyCallerGrants(_ role: ShopRole) throws {
    guard let caller = work.origin.caller, role.permissions.isSubset(of: caller.permissions) else {
      throw IdentityError.exceedsCallerPermissions
    }
  }

  private func verifyOwner(besides user: ID, of members: [Member]) throws {
    let hasOwner = members.contains { $0.id != user && $0.role == .owner && !$0.isDisabled }
    let isOwner = members.contains { $0.id == user && $0.role == .owner }
    guard hasOwner || !isOwner else { throw IdentityError.lastOwner }
  }

  /// Gives a user whose row is locked a position in a shop; nil takes it away.
  private func place(_ user: ID, at position: ShopPosition?) async throws {
    let role = position == nil ? Role.customer : .seller
    try await work.execute(
      """
      UPDATE identity.user
         SET role = \(role.rawValue), seller_id = \(position?.seller)::uuid,
             shop_role = \(position?.role.rawValue)::text, version = version + 1, updated_at = \(work.now)
       WHERE id = \(user)
      """)
    try await AccountChanges(work: work, now: work.now).revokeAccessTokens(of: user)
  }
}
