internal import Platform
internal import Postgres
internal import RPC

/// A user gets another password: whoever was signed in with the old one is signed out.
struct PasswordChange {
  let desk: Reception

  /// By a mailed token.
  func reset(by token: String, to password: String, _ call: Call) async throws {
    let attempt = Attempt(desk, on: nil, from: desk.device(call), call)
    try await attempt.admit()
    let hash = try await desk.hasher.hash(password, on: call.loop)
    try await attempt.prove(of: nil) { transaction in
      let now = Instant.now
      let tokens = MailedTokens(transaction: transaction, now: now)
      let user = try await tokens.use(token, for: .resetPassword)
      try await tokens.end(.resetPassword, of: user)
      try await desk.wipeSlate(of: user, transaction)
      try await Witness(transaction, call).user(user, "identity.password.reset") {
        try await set(hash, of: user, keeping: nil, byMail: true, at: now, transaction)
      }
    }
  }

  /// By the present one.
  func change(from present: String, to password: String, _ call: Call) async throws {
    let (user, session) = try call.person
    try await desk.provePassword(present, of: user, call)
    let hash = try await desk.hasher.hash(password, on: call.loop)
    try await desk.change(call) { transaction in
      try await desk.wipeSlate(of: user, transaction)
      try await Witness(transaction, call).user(user, "identity.password.change") {
        try await set(hash, of: user, keeping: session, byMail: false, at: .now, transaction)
      }
    }
  }

  private func set(
    _ hash: String, of user: ID, keeping session: ID?, byMail: Bool, at now: Instant, _ transaction: Transaction
  ) async throws {
    guard let account = try await Account.lock(user, transaction) else { throw IdentityError.badToken }
    let changes = AccountChanges(transaction: transaction, now: now)
    try await changes.setPassword(of: user, hash: hash, byMail: byMail)
    let store = SessionStore(transaction: transaction, settings: desk.settings, now: now)
    try await store.end(.allBut(session), of: user, because: .passwordChanged)
    try await desk.post.take(.passwordChanged, to: account.addressee, in: transaction)
  }
}
