internal import Platform
internal import Postgres
internal import Sealing

/// Why a session ended, as the database stores it.
enum SessionEndReason: String {
  case signedOut = "logged_out"
  /// Its user or staff ended it. The audit log has the details.
  case endedByUser = "ended_by_user"
  case displaced
  case tokenReused = "token_reused"
  case passwordChanged = "password_changed"
  case disabled
}

/// The device of a session.
struct DeviceInfo {
  let name: String
  let address: String

  init(name: String, address: String?) {
    self.name = EnteredText(cutting: name, charactersMax: RequestCheck.deviceCharactersMax).text
    self.address = address ?? ""
  }
}

/// Sessions and refresh tokens, inside a transaction. The user's row is locked before a session begins, so the limit of
/// sessions holds.
struct SessionStore {
  let work: Work
  let settings: IdentitySettings
  let now: Instant

  /// Begins a session of a locked account, and ends the oldest sessions beyond the limit.
  /// - Returns: the session and its first refresh token.
  func open(_ account: Account, _ device: DeviceInfo, _ methods: AuthenticationMethods) async throws -> (
    ID, SingleUseToken
  ) {
    let ended = try await work.rows(
      """
      WITH surplus AS (
        SELECT s.id
          FROM identity.session s
         WHERE s.user_id = \(account.id) AND s.ended_at IS NULL AND s.expires_at > \(now)
         ORDER BY s.created_at DESC, s.id DESC
        OFFSET \(IdentitySettings.sessionsMax - 1)
      )
      UPDATE identity.session s
         SET ended_at = \(now), end_reason = 'displaced'
        FROM surplus
       WHERE s.id = surplus.id
      RETURNING s.id
      """, access: .write)
    try work.publishEnded(ended, of: account.id)
    let token = SingleUseToken()
    let rows = try await work.rows(
      """
      WITH made AS (
        INSERT INTO identity.session
               (user_id, device, ip_address, first_factor, second_factor, created_at, last_active_at, expires_at)
        VALUES (\(account.id), \(device.name), \(device.address), \(methods.first.rawValue), \(methods.second),
                \(now), \(now), \(now + settings.sessionLifetime))
        RETURNING id, user_id
      ), token AS (
        INSERT INTO identity.refresh_token (hash, session_id, issued_at)
        SELECT \(token.hash), made.id, \(now) FROM made
      ), seen AS (
        UPDATE identity.user u SET last_login_at = \(now) FROM made WHERE u.id = made.user_id
      )
      SELECT made.id FROM made
      """, access: .write)
    guard let row = rows.first else { throw PostgresError.mapping("a session that was made") }
    return (try row.id("id"), token)
  }

  /// Exchanges a refresh token for the next one.
  func rotate(_ hash: [UInt8], to token: SingleUseToken, of session: ID, _ device: DeviceInfo) async throws {
    try await work.execute(
      """
      WITH used AS (
        UPDATE identity.refresh_token t SET used_at = \(now) WHERE t.hash = \(hash)
      ), active AS (
        UPDATE identity.session s
           SET last_active_at = \(now), expires_at = \(now + settings.sessionLifetime), ip_address = \(device.address)
         WHERE s.id = \(session)
      )
      INSERT INTO identity.refresh_token (hash, session_id, issued_at)
      VALUES (\(token.hash), \(session), \(now))
      """)
  }

  /// Ends one session of a user, all but one, or all. The end of one session invalidates everything that was begun in
  /// it; the end of several invalidates everything that the user began.
  /// - Returns: the number of ended sessions.
  @discardableResult
  func end(_ choice: SessionSelection, of user: ID, because reason: SessionEndReason) async throws(PostgresError) -> Int
  {
    // The user's row is locked first, as in every change of several sessions.
    if case .allBut = choice {
      try await AccountChanges(work: work, now: now).advanceCredentialVersion(of: user)
    }
    let ended = try await work.rows(
      """
      UPDATE identity.session s
         SET ended_at = \(now), end_reason = \(reason.rawValue)
       WHERE s.user_id = \(user) AND s.ended_at IS NULL AND s.expires_at > \(now)\(choice.condition)
      RETURNING s.id
      """, access: .write)
    try work.publishEnded(ended, of: user)
    return ended.count
  }
}

/// A selection of a user's sessions.
enum SessionSelection {
  case one(ID)
  case allBut(ID?)

  var condition: Query {
    switch self {
    case .one(let id): " AND s.id = \(id)"
    case .allBut(let id?): " AND s.id <> \(id)"
    case .allBut(nil): ""
    }
  }
}
