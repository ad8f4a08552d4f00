internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// Invitations, inside a transaction. The audit log records every change.
struct Invitations {
  let context: IdentityContext
  let work: Work
  let now: Instant

  static var columns: Query {
    "i.id, i.email, i.role, i.invited_by, i.created_at AS create_time, i.expires_at AS expire_time"
  }

  /// A condition: the invitation is pending.
  static func waits(at now: Instant) -> Query {
    "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > \(now)"
  }

  func invite(
    _ email: EmailAddress?, as role: String, by user: ID, _ caller: Caller, in arena: Arena
  ) async throws -> Invitation {
    guard let email else { throw IdentityError.wrongCredentials }  // the request was checked
    guard let permissions = try await RoleDirectory(work: work).lockPermissions(of: role) else {
      throw IdentityError.noSuchRole(role)
    }
    guard permissions.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
    let invitation = NewInvitation(email: email, role: role, shop: nil, title: role)
    let (before, made) = try await invitation.make(by: user, context.mailer, in: work, at: now)
    guard let id = ID(made.id.string) else { throw PostgresError.mapping("an invitation that was made") }
    try await work.verifyCaller(at: now)
    try work.record("identity.invitation.create", Invitation.descriptor, id, before: before, after: made)
    return made
  }

  func revoke(_ id: ID, in arena: Arena) async throws {
    let revoked = try await work.first(
      Invitation.self,
      """
      UPDATE identity.invitation i SET revoked_at = \(now) WHERE i.id = \(id) AND \(Self.waits(at: now))
      RETURNING \(Self.columns)
      """, access: .write, in: arena)
    guard let revoked else { throw IdentityError.noSuchInvitation(id.description) }
    try await work.verifyCaller(at: now)
    try work.record("identity.invitation.revoke", Invitation.descriptor, id, before: revoked, after: nil)
  }

  /// Accepts an invitation. Of several concurrent calls, one succeeds.
  func accept(_ token: String, _ newcomer: InviteeDetails, _ hash: String?, _ call: Call) async throws {
    let (email, role, shop) = try await redeem(token)
    // The account is locked before it is inspected: its owner may verify the address at the same time.
    var account = try await Account.find(email, work)
    if let found = account { account = try await Account.lock(found.id, work) }
    let user: ID
    if let account, account.isVerified {
      user = account.id
      try await work.recordUserChange(of: account.id, Self.acceptance) {
        try await changeRole(of: account.id, to: role, shop)
      }
    } else if let account {
      user = account.id
      try await work.recordUserChange(of: account.id, Self.acceptance) {
        try newcomer.verify()
        // Somebody else may have registered with the address and not verified it.
        let unclaimed = UnverifiedAccountClaim(context: context, work: work, now: now)
        try await unclaimed.clear(account.id, for: newcomer.displayName)
        _ = try await createAccount(email, newcomer, hash, to: role, shop, in: account.id)
      }
    } else {
      user = try await createAccount(email, newcomer, hash, to: role, shop)
      try await work.recordNewUser(user, Self.acceptance)
    }
    work.reportPrivileges(of: user, "the role is \(role), by invitation", call)
  }

  /// Whether the token belongs to a pending invitation, before anything is locked or expensive is computed.
  static func isGood(_ token: String, at now: Instant, _ runner: some QueryRunner) async throws -> Bool {
    let rows = try await runner.rows(
      "SELECT FROM identity.invitation i WHERE i.hash = \(SingleUseToken.hash(of: token)) AND \(waits(at: now))")
    return !rows.isEmpty
  }

  /// Redeems the token of a pending invitation.
  private func redeem(_ token: String) async throws -> (EmailAddress, role: String, shop: ShopPosition?) {
    let rows = try await work.rows(
      """
      SELECT i.id, i.email, i.role, i.invited_by, i.seller_id, i.shop_role
        FROM identity.invitation i
       WHERE i.hash = \(SingleUseToken.hash(of: token)) AND \(Self.waits(at: now))
         FOR UPDATE
      """)
    guard let row = rows.first, let email = EmailAddress(try row.string("email")) else {
      throw IdentityError.invalidToken
    }
    let (id, role) = (try row.id("id"), try row.string("role"))
    let shopRole = try row.optionalString("shop_role").flatMap(ShopRole.init(rawValue:))
    let shop = try row.optionalID("seller_id").flatMap { seller in
      shopRole.map { ShopPosition(seller: seller, role: $0) }
    }
    guard try await inviterMayStillGrant(role, shop, try row.id("invited_by")) else {
      throw IdentityError.invalidToken
    }
    try await work.execute("UPDATE identity.invitation i SET accepted_at = \(now) WHERE i.id = \(id)")
    return (email, role, shop)
  }

  /// Whether the inviter could still send this invitation. A user who lost the right must not regain it by an old
  /// invitation.
  private func inviterMayStillGrant(_ role: String, _ shop: ShopPosition?, _ user: ID) async throws -> Bool {
    guard let given = try await RoleDirectory(work: work).lockPermissions(of: role),
      let inviter = try await Account.find(user, work), !inviter.isDisabled
    else { return false }
    let held = inviter.permissions
    guard let shop else { return held.contains(.usersManage) && given.isSubset(of: held) }
    let reaches = inviter.sellerID == shop.seller || held.contains(.sellersAny)
    return held.contains(.teamManage) && reaches && shop.role.permissions.isSubset(of: held)
  }

  private static let acceptance = "identity.invitation.accept"

  /// Creates the account with the password and the role.
  /// - Parameter unclaimed: the account that has the address and becomes it; nil when there is none.
  private func createAccount(
    _ email: EmailAddress, _ newcomer: InviteeDetails, _ hash: String?, to role: String, _ shop: ShopPosition?,
    in unclaimed: ID? = nil
  ) async throws -> ID {
    try newcomer.verify()
    guard let hash else { throw IdentityError.invalidToken }
    let rows = try await work.rows(
      """
      INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name, role, seller_id,
                                 shop_role)
      VALUES (\(email.text), \(email.key), \(now), \(hash), \(newcomer.displayName), \(role),
              \(shop?.seller)::uuid, \(shop?.role.rawValue)::text)
      ON CONFLICT (email_key) DO UPDATE
        SET email_verified_at = \(now), password_hash = \(hash), display_name = \(newcomer.displayName),
            role = \(role), seller_id = \(shop?.seller)::uuid, shop_role = \(shop?.role.rawValue)::text,
            version = identity.user.version + 1, updated_at = \(now)
        WHERE identity.user.id = \(unclaimed)::uuid
      RETURNING id
      """, access: .write)
    // Another invitation to the address was accepted meanwhile, for example. The next attempt sees the account.
    guard let row = rows.first else { throw PostgresError.serializationFailure }
    return try row.id("id")
  }

  /// Changes the role of an account. The new role must have all permissions of the former one, and nobody leaves the
  /// team of a shop by this: the shop might lose its last owner.
  private func changeRole(of user: ID, to role: String, _ shop: ShopPosition?) async throws {
    guard let account = try await Account.lock(user, work) else { throw IdentityError.invalidToken }
    if account.isDisabled { throw IdentityError.accountDisabled }
    let given = try await RoleDirectory(work: work).permissions(of: role) ?? []
    let leavesShop = account.sellerID != nil && account.sellerID != shop?.seller
    guard account.permissions.isSubset(of: shop?.role.permissions ?? given), !leavesShop else {
      throw IdentityError.wouldLosePermissions
    }
    try await work.execute(
      """
      UPDATE identity.user
         SET role = \(role), seller_id = \(shop?.seller)::uuid, shop_role = \(shop?.role.rawValue)::text,
             version = version + 1, updated_at = \(now)
       WHERE id = \(user)
      """)
    try await AccountChanges(work: work, now: now).revokeAccessTokens(of: user)
  }
}
