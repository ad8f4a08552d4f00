internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A change of another user's account, inside a transaction that locks the account. The audit log records it. A caller
/// cannot grant permissions that they lack, change a user who has more permissions, or change their own account.
struct UserChange {
  private let context: IdentityContext
  private let work: Work
  private let call: Call
  private let now: Instant

  /// A change that `call` requests.
  init(_ context: IdentityContext, _ work: Work, _ call: Call, at now: Instant = .now) {
    self.context = context
    self.now = now
    self.work = work
    self.call = call
  }

  private var caller: Caller { call.caller }

  /// Sets the role, and revokes the access tokens of the former one. A shop has as many people as its team may have.
  func setRole(_ role: String, seller: ID?, of user: ID, in state: ExpectedState) async throws -> User {
    guard let permissions = try await RoleDirectory(work: work).lockPermissions(of: role) else {
      throw IdentityError.noSuchRole(role)
    }
    // Before the accounts, as all changes of a team.
    if let seller { work.send("SELECT sellers.lock_shop(\(seller))") }
    try await lockBoth(user)
    let former = try await Account.find(user, work)?.sellerID
    try await work.recordUserChange(of: user, "identity.user.set_role") {
      try await lockTarget(user, in: state)
      guard permissions.isSubset(of: caller.permissions), reaches(seller) else {
        throw IdentityError.exceedsCallerPermissions
      }
      try await work.lockSeller(seller)
      try await work.execute(
        """
        UPDATE identity.user
           SET role = \(role), seller_id = \(seller)::uuid, shop_role = NULL, version = version + 1,
               updated_at = \(now)
         WHERE id = \(user)
        """)
      if let seller, seller != former { try await ShopTeam(of: seller, in: work).verifySize() }
      try await AccountChanges(work: work, now: now).revokeAccessTokens(of: user)
    }
    work.reportPrivileges(of: user, "the role is \(role)", call)
    return try await UserList.user(user, work, in: call.arena)
  }

  /// Disables the user and ends all sessions.
  func disable(_ user: ID, because reason: String, in state: ExpectedState) async throws -> User {
    try await lockBoth(user)
    try await work.recordUserChange(of: user, "identity.user.disable") {
      try await lockTarget(user, in: state)
      try await work.execute(
        """
        UPDATE identity.user
           SET disabled_at = coalesce(disabled_at, \(now)), disabled_reason = \(reason), version = version + 1,
               updated_at = \(now)
         WHERE id = \(user)
        """)
      let store = SessionStore(work: work, settings: context.settings, now: now)
      try await store.end(.allBut(nil), of: user, because: .disabled)
      try await AccountChanges(work: work, now: now).revokeAccessTokens(of: user)
    }
    work.reportPrivileges(of: user, "the account is disabled", call)
    return try await UserList.user(user, work, in: call.arena)
  }

  /// Enables the user. The event also enables the user's client credentials.
  func enable(_ user: ID, in state: ExpectedState) async throws -> User {
    try await lockBoth(user)
    try await work.recordUserChange(of: user, "identity.user.enable") {
      try await lockTarget(user, in: state)
      try await AccountChanges(work: work, now: now).advanceCredentialVersion(of: user)
      try await work.execute(
        """
        UPDATE identity.user
           SET disabled_at = NULL, disabled_reason = '', version = version + 1, updated_at = \(now)
         WHERE id = \(user)
        """)
      try await AccountChanges(work: work, now: now).revokeAccessTokens(of: user)
    }
    work.reportPrivileges(of: user, "the account is enabled", call)
    return try await UserList.user(user, work, in: call.arena)
  }

  /// Ends all sessions of the user.
  /// - Returns: the number of ended sessions.
  func revokeSessions(of user: ID) async throws -> Int {
    try await lockBoth(user)
    try await lockTarget(user, in: .any)
    let store = SessionStore(work: work, settings: context.settings, now: now)
    return try await store.end(.allBut(nil), of: user, because: .endedByUser)
  }

  /// Removes the second factor and ends all sessions, which began with the lost one.
  func deleteSecondFactor(of user: ID, in state: ExpectedState) async throws -> User {
    try await lockBoth(user)
    try await work.recordUserChange(of: user, "identity.second_factor.reset") {
      try await lockTarget(user, in: state)
      guard let account = try await Account.find(user, work), account.hasSecondFactor else {
        throw IdentityError.noSecondFactor
      }
      try await SecondFactor(work: work, vault: context.vault, now: now).remove(of: user)
      _ = try await revokeSessions(of: user)
      try await context.notifySecondFactorRemoved(account, work)
    }
    work.reportPrivileges(of: user, "the second factor was removed", call)
    return try await UserList.user(user, work, in: call.arena)
  }

  /// Whether the caller may assign the shop: their own, or any shop with `sellers.any`.
  private func reaches(_ seller: ID?) -> Bool {
    seller == nil || seller == caller.sellerID || caller.permissions.contains(.sellersAny)
  }

  /// Locks both accounts, always in the same order, and verifies the caller again: of two who disable each other, the
  /// second is disabled by then. Call it before other rows of the two are locked.
  private func lockBoth(_ user: ID) async throws {
    let (own, session) = try call.userSession
    if own == user { throw IdentityError.cannotChangeOwnAccount }
    try await work.execute(
      "SELECT FROM identity.user u WHERE u.id = ANY (\([own, user])::uuid[]) ORDER BY u.id FOR UPDATE")
    guard let account = try await Account.lock(own, work), !account.isDisabled,
      try await Account.lock(account.stamp(in: session), at: now, work) != nil
    else { throw AccessRefusal.badCredentials(.ended) }
    let held = try await RoleDirectory(work: work).permissions(of: account.role) ?? []
    guard held.contains(.usersManage) else { throw AccessRefusal.permissionMissing(.usersManage) }
    try await work.verifyCaller(at: now)
  }

  /// Locks the account, if the caller may change it.
  private func lockTarget(_ user: ID, in state: ExpectedState) async throws {
    if caller.id == user { throw IdentityError.cannotChangeOwnAccount }
    let row = try await state.lock(
      "SELECT u.version, u.role FROM identity.user u WHERE u.id = \(user) FOR UPDATE", of: User.descriptor.fullName,
      user, work)
    guard let row else { throw IdentityError.noSuchUser(user.description) }
    let held = try await RoleDirectory(work: work).permissions(of: try row.string("role")) ?? []
    guard held.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
  }
}
