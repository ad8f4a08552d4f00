internal import Platform
internal import Postgres
internal import RPC

/// Changes the password of a user, ends the sessions that began with the old one, and invalidates what was begun with
/// it.
struct PasswordChange {
  let context: IdentityContext

  /// Sets a new password with a mailed token. It also unlinks all external accounts: an intruder may have linked one.
  func reset(by token: String, to password: String, _ call: Call) async throws {
    try await withHash(of: password, token, for: .resetPassword, call) { hash, work in
      let now = Instant.now
      let account = try await MailedTokens(work: work, now: now).use(token, for: .resetPassword)
      try await work.recordUserChange(of: account.id, "identity.password.reset") {
        try await set(hash, of: account, keeping: nil, byMail: true, at: now, work)
        try await ExternalLink(context: context, work: work, user: account.id, now: now).removeAll(in: call.arena)
      }
      try await context.mailer.send(.passwordChanged, to: account.emailRecipient, in: work)
    }
  }

  /// Sets the first password of the verified owner of the address. It replaces the password of the registration, which
  /// a stranger may have chosen.
  func verifyEmail(by token: String, with password: String, _ call: Call) async throws {
    try await withHash(of: password, token, for: .verifyEmail, call) { hash, work in
      let now = Instant.now
      let account = try await MailedTokens(work: work, now: now).use(token, for: .verifyEmail)
      try await set(hash, of: account, keeping: nil, byMail: true, at: now, work)
    }
  }

  /// Changes the password after verifying the current one.
  func change(from present: String, to password: String, _ call: Call) async throws {
    let (user, session) = try call.userSession
    let stamp = try await context.verifyPassword(present, of: user, in: session, call)
    let hash = try await context.hasher.hash(password, on: call.loop)
    try await context.work(call) { work in
      let now = Instant.now
      try await context.resetFailures(of: user, work)
      guard let account = try await Account.lock(stamp, at: now, work) else {
        throw IdentityError.credentialsChanged
      }
      try await work.recordUserChange(of: user, "identity.password.change") {
        try await set(hash, of: account, keeping: session, byMail: false, at: now, work)
      }
      try await context.mailer.send(.passwordChanged, to: account.emailRecipient, in: work)
    }
  }

  /// Runs `body` with the hash of a password, if the mailed token is valid. For an invalid token, no hash is computed.
  private func withHash(
    of password: String, _ token: String, for purpose: MailedTokenPurpose, _ call: Call,
    _ body: (String, Work) async throws -> Void
  ) async throws {
    let attempt = AuthenticationAttempt(context, on: nil, from: context.device(call), call)
    try await attempt.checkLockOut()
    let database = try call.database.connections
    let owner = try await MailedTokens.owner(of: token, for: purpose, at: .now, database)
    let hash = owner == nil ? nil : try await context.hasher.hash(password, on: call.loop)
    try await attempt.verify(of: nil, by: owner) { work in
      guard let hash else { throw IdentityError.invalidToken }
      try await body(hash, work)
    }
  }

  private func set(
    _ hash: String, of account: Account, keeping session: ID?, byMail: Bool, at now: Instant,
    _ work: Work
  ) async throws {
    let changes = AccountChanges(work: work, now: now)
    try await changes.setPassword(of: account.id, hash: hash, byMail: byMail)
    let store = SessionStore(work: work, settings: context.settings, now: now)
    try await store.end(.allBut(session), of: account.id, because: .passwordChanged)
  }
}
