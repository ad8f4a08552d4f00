internal import IdentityAPI
internal import Platform
internal import Postgres
internal import RPC
internal import Sealing
internal import Security

/// Exchanges a refresh token for the next token pair.
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

  /// Issues new tokens for an unused refresh token. An exchange with an id may be repeated while its new token is
  /// unused.
  /// - Throws: ``IdentityError/invalidToken``, ``IdentityError/refreshTokenReused``.
  func exchange(_ text: String, id: ID?, _ call: Call) async throws -> TokenPair {
    let now = Instant.now
    let hash = SingleUseToken.hash(of: text)
    let next = try next(after: text, id: id, call)
    let device = context.device(call)
    // The transaction must be committed even when the caller is refused, so no error may leave it.
    let result = try await context.work(call) { work in
      try await attempt(hash, next, device, at: now, call, work)
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
    _ work: Work
  ) async throws -> Result {
    let found = try await find(hash, next, work)
    let store = SessionStore(work: work, settings: context.settings, now: now)
    switch RefreshDecision.outcome(found?.token, at: now) {
    case .refuse: return .refused
    case .endFamily:
      if let found {
        try await store.end(.one(found.session), of: found.user, because: .tokenReused)
        work.report(
          SecurityEventReport(
            .refreshReused, user: found.user, address: device.address, device: device.name,
            detail: "session \(found.session) is ended"))
      }
      return .reused
    case .answerAgain, .rotate:
      guard let found, let account = try await Account.find(found.user, work) else { return .refused }
      try call.charge(session: found.session)
      // A repeated exchange has stored its token already.
      if found.token.usedAt == nil { try await store.rotate(hash, to: next, of: found.session, device) }
      return .exchanged(account, found.session, next, found.methods)
    }
  }

  /// The next token. An exchange with an id always derives the same token, so the token need not be stored.
  private func next(after text: String, id: ID?, _ call: Call) throws -> SingleUseToken {
    guard let id else { return SingleUseToken() }
    return SingleUseToken(secret: try call.tokenSigner.secret(from: Array("\(id) \(text)".utf8)))
  }

  /// Locks the session of the token: of two concurrent exchanges, the second sees a used token.
  private func find(_ hash: [UInt8], _ next: SingleUseToken, _ work: Work) async throws -> Found? {
    let locked = try await work.rows(
      """
      SELECT s.id
        FROM identity.refresh_token t JOIN identity.session s ON s.id = t.session_id
       WHERE t.hash = \(hash)
         FOR UPDATE OF s
      """)
    if locked.isEmpty { return nil }
    let rows = try await work.rows(
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
