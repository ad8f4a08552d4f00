internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Somebody changes somebody else's account, inside a transaction that holds the account, and the audit log is told.
/// Nobody gives more than they have, takes from those who have more, or does it to themselves.
struct UserChange {
  private let context: IdentityContext
  private let work: UnitOfWork
  private let call: Call
  private let now: Instant

  /// A change that `call` asks for.
  init(_ context: IdentityContext, _ work: UnitOfWork, _ call: Call, at now: Instant = .now) {
    self.context = context
    self.now = now
    self.work = work
    self.call = call
  }

  private var transaction: Transaction { work.transaction }
  private var caller: Caller { call.caller }

  /// Another role; access tokens that say otherwise are over.
  func setRole(_ role: String, seller: ID?, of user: ID, in state: ExpectedState) async throws -> User {
    guard let permissions = try await RoleDirectory(transaction: transaction).take(role) else {
      throw IdentityError.noSuchRole(role)
    }
    try await holdBoth(user)
    try await work.user(user, "identity.user.set_role") {
      try await take(user, in: state)
      guard permissions.isSubset(of: caller.permissions), reaches(seller) else {
        throw IdentityError.exceedsCallerPermissions
      }
      try await transaction.takeSeller(seller)
      try await transaction.execute(
        """
        UPDATE identity.user SET role = \(role), seller_id = \(seller)::uuid, version = version + 1, updated_at = \(now)
         WHERE id = \(user)
        """)
      try await AccountChanges(transaction: transaction, now: now).revokeAccessTokens(of: user)
    }
    try await transaction.reportPrivileges(of: user, "the role is \(role)", call)
    return try await UserList.user(user, transaction, in: call.arena)
  }

  /// Locked out, and out of every session.
  func disable(_ user: ID, because reason: String, in state: ExpectedState) async throws -> User {
    try await holdBoth(user)
    try await work.user(user, "identity.user.disable") {
      try await take(user, in: state)
      try await transaction.execute(
        """
        UPDATE identity.user
           SET disabled_at = coalesce(disabled_at, \(now)), disabled_reason = \(reason), version = version + 1,
               updated_at = \(now)
         WHERE id = \(user)
        """)
      let store = SessionStore(transaction: transaction, settings: context.settings, now: now)
      try await store.end(.allBut(nil), of: user, because: .disabled)
      try await AccountChanges(transaction: transaction, now: now).revokeAccessTokens(of: user)
    }
    try await transaction.reportPrivileges(of: user, "the account is disabled", call)
    return try await UserList.user(user, transaction, in: call.arena)
  }

  /// In again; the event lets the user's programs in, too.
  func enable(_ user: ID, in state: ExpectedState) async throws -> User {
    try await holdBoth(user)
    try await work.user(user, "identity.user.enable") {
      try await take(user, in: state)
      try await AccountChanges(transaction: transaction, now: now).advanceCredentialVersion(by: user)
      try await transaction.execute(
        """
        UPDATE identity.user
           SET disabled_at = NULL, disabled_reason = '', version = version + 1, updated_at = \(now)
         WHERE id = \(user)
        """)
      try await AccountChanges(transaction: transaction, now: now).revokeAccessTokens(of: user)
    }
    try await transaction.reportPrivileges(of: user, "the account is enabled", call)
    return try await UserList.user(user, transaction, in: call.arena)
  }

  /// Out of every session, and may come back.
  /// - Returns: how many sessions there were.
  func endSessions(of user: ID) async throws -> Int {
    try await holdBoth(user)
    try await take(user, in: .any)
    let store = SessionStore(transaction: transaction, settings: context.settings, now: now)
    return try await store.end(.allBut(nil), of: user, because: .endedByUser)
  }

  /// Without a second factor, and out of every session: they were begun with what is lost.
  func resetSecondFactor(of user: ID, in state: ExpectedState) async throws -> User {
    try await holdBoth(user)
    try await work.user(user, "identity.second_factor.reset") {
      try await take(user, in: state)
      guard let account = try await Account.find(user, transaction), account.hasSecondFactor else {
        throw IdentityError.noSecondFactor
      }
      try await SecondFactor(transaction: transaction, vault: context.vault, now: now).remove(of: user)
      _ = try await endSessions(of: user)
      try await context.tellOfRemovedSecondFactor(account, transaction)
    }
    try await transaction.reportPrivileges(of: user, "the second factor was removed", call)
    return try await UserList.user(user, transaction, in: call.arena)
  }

  /// Whether the shop, if it is one, is the caller's own, or the caller may act on all: a shop is given like a
  /// permission.
  private func reaches(_ seller: ID?) -> Bool {
    seller == nil || seller == caller.sellerID || caller.permissions.contains(.sellersAny)
  }

  /// Locks the caller's account and the other one, always in the same order, and asks again whether the caller may do
  /// this: of two who disable each other, the second is disabled by then. To be called before anything else of theirs
  /// is locked.
  private func holdBoth(_ user: ID) async throws {
    let (own, session) = try call.userSession
    if own == user { throw IdentityError.cannotChangeOwnAccount }
    try await transaction.execute(
      "SELECT FROM identity.user u WHERE u.id = ANY (\([own, user])::uuid[]) ORDER BY u.id FOR UPDATE")
    guard let account = try await Account.lock(own, transaction), !account.isDisabled,
      try await Account.lock(account.stamp(in: session), at: now, transaction) != nil
    else { throw AccessRefusal.badCredentials(.ended) }
    let held = try await RoleDirectory(transaction: transaction).permissions(of: account.role) ?? []
    guard held.contains(.usersManage) else { throw AccessRefusal.permissionMissing(.usersManage) }
    try await work.verifyCaller(at: now)
  }

  /// Locks the account, if the caller may change it.
  private func take(_ user: ID, in state: ExpectedState) async throws {
    if caller.id == user { throw IdentityError.cannotChangeOwnAccount }
    let rows = try await transaction.rows(
      "SELECT u.version, u.role FROM identity.user u WHERE u.id = \(user) FOR UPDATE")
    guard let row = rows.first else { throw IdentityError.noSuchUser(user.description) }
    try state.verify(try row.int64("version"), of: User.descriptor.fullName, user)
    let held = try await RoleDirectory(transaction: transaction).permissions(of: try row.string("role")) ?? []
    guard held.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
  }
}
