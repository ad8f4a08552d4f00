internal import FastShopAPI
internal import Platform
internal import Postgres
internal import RPC
internal import Sealing
internal import Security

/// A refresh token is exchanged for the next one.
struct RefreshTokenExchange {
  let context: IdentityContext

  private struct Found {
    let session: ID
    let user: ID
    let methods: AuthenticationMethods
    let token: RefreshDecision.Token
  }

  private enum Result {
    case refused
    case reused
    case exchanged(Account, ID, SingleUseToken, AuthenticationMethods)
  }

  /// New tokens for one that was not used yet. An exchange with an id may be sent again while its answer is not used.
  /// - Throws: ``IdentityError/invalidToken``, ``IdentityError/refreshTokenReused``.
  func exchange(_ text: String, id: ID?, _ call: Call) async throws -> TokenPair {
    let now = Instant.now
    let hash = SingleUseToken.hash(of: text)
    let next = try next(after: text, id: id, call)
    let device = context.device(call)
    // What was found out must be committed even when the caller is refused: no error may leave the transaction.
    let result = try await context.change(call) { transaction in
      try await attempt(hash, next, device, at: now, call, transaction)
    }
    switch result {
    case .refused:
      call.noteBadCredentials()
      throw IdentityError.invalidToken
    case .reused:
      call.noteBadCredentials()
      throw IdentityError.refreshTokenReused
    case .exchanged(let account, let session, let refresh, let methods):
      return try context.tokens(
        account, session: session, refresh: refresh, methods: methods, at: now, call)
    }
  }

  private func attempt(
    _ hash: [UInt8], _ next: SingleUseToken, _ device: DeviceInfo, at now: Instant, _ call: Call,
    _ transaction: Transaction
  ) async throws -> Result {
    let found = try await find(hash, next, transaction)
    let store = SessionStore(transaction: transaction, settings: context.settings, now: now)
    switch RefreshDecision.outcome(found?.token, at: now) {
    case .refuse: return .refused
    case .endFamily:
      if let found {
        try await store.end(.one(found.session), of: found.user, because: .tokenReused)
        try await transaction.report(
          SecurityEventReport(
            .refreshReused, user: found.user, address: device.address, device: device.name,
            detail: "session \(found.session) is ended"))
      }
      return .reused
    case .answerAgain, .rotate:
      guard let found, let account = try await Account.find(found.user, transaction) else { return .refused }
      try call.charge(session: found.session)
      // The answer to an exchange that is repeated has been stored already.
      if found.token.usedAt == nil { try await store.rotate(hash, to: next, of: found.session, device) }
      return .exchanged(account, found.session, next, found.methods)
    }
  }

  /// The next token: of an exchange with an id always the same, so that it need not be stored to be given again.
  private func next(after text: String, id: ID?, _ call: Call) throws -> SingleUseToken {
    guard let id else { return SingleUseToken() }
    return SingleUseToken(secret: try call.tokenSigner.secret(from: Array("\(id) \(text)".utf8)))
  }

  /// The token's session is locked: of two who send one token at once, the second is told that it was used.
  private func find(_ hash: [UInt8], _ next: SingleUseToken, _ transaction: Transaction) async throws -> Found? {
    let locked = try await transaction.rows(
      """
      SELECT s.id
        FROM identity.refresh_token t JOIN identity.session s ON s.id = t.session_id
       WHERE t.hash = \(hash)
         FOR UPDATE OF s
      """)
    if locked.isEmpty { return nil }
    let rows = try await transaction.rows(
      """
      SELECT s.id, s.user_id, s.first_factor, s.second_factor, t.used_at,
             s.ended_at, s.expires_at, u.disabled_at IS NOT NULL AS is_disabled,
             EXISTS (SELECT FROM identity.refresh_token n
                      WHERE n.hash = \(next.hash) AND n.session_id = s.id AND n.used_at IS NULL) AS is_answer_unused
        FROM identity.refresh_token t
        JOIN identity.session s ON s.id = t.session_id
        JOIN identity.user u ON u.id = s.user_id
       WHERE t.hash = \(hash)
      """)
    guard let row = rows.first else { return nil }
    return Found(
      session: try row.id("id"), user: try row.id("user_id"), methods: try row.methods(),
      token: RefreshDecision.Token(
        usedAt: try row.optionalInstant("used_at"),
        sessionEndedAt: try row.optionalInstant("ended_at"),
        sessionExpiresAt: try row.instant("expires_at"), isUserDisabled: try row.bool("is_disabled"),
        isAnswerUnused: try row.bool("is_answer_unused")))
  }
}
