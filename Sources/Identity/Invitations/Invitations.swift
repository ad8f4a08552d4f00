internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// Invitations, inside somebody's transaction. The audit log is told of each.
struct Invitations {
  let context: IdentityContext
  let work: UnitOfWork
  let now: Instant

  private var transaction: Transaction { work.transaction }

  static var columns: Query {
    "i.id, i.email, i.role, i.invited_by, i.created_at AS create_time, i.expires_at AS expire_time"
  }

  /// A condition: the invitation waits for an answer.
  static func waits(at now: Instant) -> Query {
    "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > \(now)"
  }

  /// A page of those that wait, the newest first.
  static func list(_ page: PageRequest, at now: Instant) -> Query {
    """
    SELECT \(columns)
      FROM identity.invitation i
     WHERE \(waits(at: now))\(page.after.map { " AND i.id < \($0.id)" as Query } ?? "")
     ORDER BY i.id DESC
     LIMIT \(page.limit)
    """
  }

  func invite(
    _ email: EmailAddress?, as role: String, by user: ID, _ caller: Caller, in arena: Arena
  ) async throws -> Invitation {
    guard let email else { throw IdentityError.wrongCredentials }  // the request was checked
    guard let permissions = try await RoleDirectory(transaction: transaction).take(role) else {
      throw IdentityError.noSuchRole(role)
    }
    guard permissions.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
    let before = try await transaction.first(
      Invitation.self,
      """
      UPDATE identity.invitation i SET revoked_at = \(now)
       WHERE i.email_key = \(email.key) AND \(Self.waits(at: now))
      RETURNING \(Self.columns)
      """, access: .write, in: arena)
    let token = SingleUseToken()
    let made = try await transaction.first(
      Invitation.self,
      """
      INSERT INTO identity.invitation AS i (hash, email, email_key, role, invited_by, created_at, expires_at)
      VALUES (\(token.hash), \(email.text), \(email.key), \(role), \(user), \(now),
              \(now + IdentitySettings.invitationLifetime))
      RETURNING \(Self.columns)
      """, access: .write, in: arena)
    guard let made, let id = ID(made.id.string) else { throw PostgresError.mapping("an invitation that was made") }
    let inviter = try await Account.find(user, transaction)?.displayName ?? ""
    let letter = AccountEmail.invitation(token: token.text, inviter: inviter, role: role)
    let isTaken = try await context.mailer.send(
      letter, to: EmailRecipient(email: email.text, name: ""), in: transaction)
    guard isTaken else { throw IdentityError.tooManyMails }
    try await work.verifyCaller(at: now)
    try await work.invitation(id, "identity.invitation.create", before: before, after: made)
    return made
  }

  func revoke(_ id: ID, in arena: Arena) async throws {
    let revoked = try await transaction.first(
      Invitation.self,
      """
      UPDATE identity.invitation i SET revoked_at = \(now) WHERE i.id = \(id) AND \(Self.waits(at: now))
      RETURNING \(Self.columns)
      """, access: .write, in: arena)
    guard let revoked else { throw IdentityError.noSuchInvitation(id.description) }
    try await work.verifyCaller(at: now)
    try await work.invitation(id, "identity.invitation.revoke", before: revoked, after: nil)
  }

  /// Of several who accept at once, one succeeds.
  func accept(_ token: String, _ newcomer: InviteeDetails, _ hash: String?, _ call: Call) async throws {
    let (email, role) = try await take(token)
    // Locked before it is looked at: its owner may verify the address at this moment.
    var account = try await Account.find(email, transaction)
    if let found = account { account = try await Account.lock(found.id, transaction) }
    let user: ID
    if let account, account.isVerified {
      user = account.id
      try await work.user(account.id, Self.acceptance) { try await promote(account.id, to: role) }
    } else if let account {
      user = account.id
      try await work.user(account.id, Self.acceptance) {
        try newcomer.verify()
        // Somebody else may have registered with the address, and waits for its owner to verify it.
        let unclaimed = UnverifiedAccountClaim(context: context, transaction: transaction, now: now)
        try await unclaimed.clear(account.id, for: newcomer.displayName)
        _ = try await admit(email, newcomer, hash, to: role)
      }
    } else {
      user = try await admit(email, newcomer, hash, to: role)
      try await work.newUser(user, Self.acceptance)
    }
    try await transaction.reportPrivileges(of: user, "the role is \(role), by invitation", call)
  }

  /// Whether a token is that of an invitation that waits, before anything is locked or costs time.
  static func isGood(_ token: String, at now: Instant, _ runner: some QueryRunner) async throws -> Bool {
    let rows = try await runner.rows(
      "SELECT FROM identity.invitation i WHERE i.hash = \(SingleUseToken.hash(of: token)) AND \(waits(at: now))")
    return !rows.isEmpty
  }

  /// The invitation that a token is of, if it still is one; it is used up.
  private func take(_ token: String) async throws -> (EmailAddress, role: String) {
    let rows = try await transaction.rows(
      """
      SELECT i.id, i.email, i.role, i.invited_by
        FROM identity.invitation i
       WHERE i.hash = \(SingleUseToken.hash(of: token)) AND \(Self.waits(at: now))
         FOR UPDATE
      """)
    guard let row = rows.first, let email = EmailAddress(try row.string("email")) else {
      throw IdentityError.invalidToken
    }
    let (id, role) = (try row.id("id"), try row.string("role"))
    guard try await mayStillGive(role, try row.id("invited_by")) else { throw IdentityError.invalidToken }
    try await transaction.execute("UPDATE identity.invitation i SET accepted_at = \(now) WHERE i.id = \(id)")
    return (email, role)
  }

  /// Whether the inviter could invite so today: who has lost the right must not come back by an invitation that waits.
  private func mayStillGive(_ role: String, _ user: ID) async throws -> Bool {
    let directory = RoleDirectory(transaction: transaction)
    guard let given = try await directory.take(role), let inviter = try await Account.find(user, transaction),
      !inviter.isDisabled, let held = try await directory.permissions(of: inviter.role)
    else { return false }
    return held.contains(.usersManage) && given.isSubset(of: held)
  }

  private static let acceptance = "identity.invitation.accept"

  /// An account with the password and the role.
  private func admit(_ email: EmailAddress, _ newcomer: InviteeDetails, _ hash: String?, to role: String) async throws
    -> ID
  {
    try newcomer.verify()
    guard let hash else { throw IdentityError.invalidToken }
    let rows = try await transaction.rows(
      """
      INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name, role)
      VALUES (\(email.text), \(email.key), \(now), \(hash), \(newcomer.displayName), \(role))
      ON CONFLICT (email_key) DO UPDATE
        SET email_verified_at = \(now), password_hash = \(hash), display_name = \(newcomer.displayName),
            role = \(role), version = identity.user.version + 1, updated_at = \(now)
      RETURNING id
      """, access: .write)
    guard let row = rows.first else { throw PostgresError.mapping("an account that was made") }
    return try row.id("id")
  }

  /// Another role for whoever has an account, which is locked: never one that may less.
  private func promote(_ user: ID, to role: String) async throws {
    guard let account = try await Account.lock(user, transaction) else { throw IdentityError.invalidToken }
    if account.isDisabled { throw IdentityError.accountDisabled }
    let directory = RoleDirectory(transaction: transaction)
    let held = try await directory.permissions(of: account.role) ?? []
    let given = try await directory.permissions(of: role) ?? []
    guard held.isSubset(of: given) else { throw IdentityError.wouldLosePermissions }
    try await transaction.execute(
      """
      UPDATE identity.user
         SET role = \(role), seller_id = NULL, version = version + 1, updated_at = \(now)
       WHERE id = \(user)
      """)
    try await AccountChanges(transaction: transaction, now: now).revokeAccessTokens(of: user)
  }
}
