internal import Platform
internal import Postgres
internal import Sealing

/// The user code (RFC 8628): eight consonants, so that it spells no word and no two letters look alike.
struct UserCode {
  private static let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
  private static let count = 8

  /// The code with its hyphen.
  let text: String
  /// The code without the hyphen.
  let key: String

  /// A new code.
  init() {
    key = String((0..<Self.count).map { _ in Self.letters[Int.random(in: Self.letters.indices)] })
    text = "\(key.prefix(4))-\(key.suffix(4))"
  }

  /// Reads a typed code, in any case and with any separators (RFC 8628, section 6.1). Nil for another text.
  init?(typed: String) {
    let letters = EnteredCode.letters(of: typed)
    guard letters.count == Self.count, letters.allSatisfy({ Self.letters.contains($0) }) else { return nil }
    key = letters
    text = "\(key.prefix(4))-\(key.suffix(4))"
  }
}

/// Decides the response to a poll of a device: a pure value.
struct DevicePoll: Equatable, Sendable {
  /// The state of a grant.
  struct Grant: Equatable, Sendable {
    let user: ID?
    let isApproved: Bool
    let isUsed: Bool
    let lastPolledAt: Instant?
    let expiresAt: Instant
  }

  enum Outcome: Equatable, Sendable {
    case signIn(ID)
    case pending
    case slowDown
    case denied
    case unknown
  }

  /// The polling interval.
  static let interval: Duration = .seconds(5)
  /// Polls may come a little early.
  private static let tolerance: Duration = .milliseconds(500)

  static func outcome(_ grant: Grant?, at now: Instant) -> Outcome {
    guard let grant, !grant.isUsed, now < grant.expiresAt else { return .unknown }
    if let user = grant.user { return grant.isApproved ? .signIn(user) : .denied }
    if let last = grant.lastPolledAt, now < last + interval - tolerance { return .slowDown }
    return .pending
  }
}

/// Device authorization grants (RFC 8628), inside a transaction.
struct DeviceGrants {
  static let lifetime: Duration = .seconds(900)

  let work: Work
  let now: Instant

  func begin(_ device: SingleUseToken, _ code: UserCode, _ note: DeviceInfo) async throws {
    try await work.execute(
      """
      INSERT INTO identity.device_grant (device_hash, user_code, client_name, ip_address, created_at, expires_at)
      VALUES (\(device.hash), \(code.key), \(note.name), \(note.address), \(now), \(now + Self.lifetime))
      """)
  }

  /// The response to a poll, and what is needed to begin a session.
  struct Answer {
    let outcome: DevicePoll.Outcome
    var name = ""
    var methods = AuthenticationMethods(.password, second: false)
    /// The stamp of the user's decision; nil before it.
    var stamp: SecurityStamp?
  }

  /// The user who approved a grant that is not redeemed yet; nil for none. Locks nothing.
  func approver(of text: String) async throws -> ID? {
    let rows = try await work.rows(
      """
      SELECT g.user_id FROM identity.device_grant g
       WHERE g.device_hash = \(SingleUseToken.hash(of: text)) AND g.is_approved AND g.used_at IS NULL
         AND g.expires_at > \(now)
      """)
    return try rows.first?.optionalID("user_id")
  }

  /// Decides the response to a poll. A grant that signs the device in is used up. The approving user is locked before.
  func poll(_ text: String) async throws -> Answer {
    let hash = SingleUseToken.hash(of: text)
    let rows = try await work.rows(
      """
      SELECT g.user_id, g.is_approved, g.used_at IS NOT NULL AS is_used, g.client_name, g.credential_version,
             g.session_id, g.first_factor, g.second_factor,
             g.last_polled_at, g.expires_at
        FROM identity.device_grant g
       WHERE g.device_hash = \(hash)
         FOR UPDATE
      """)
    guard let row = rows.first else { return Answer(outcome: .unknown) }
    let user = try row.optionalID("user_id")
    let grant = DevicePoll.Grant(
      user: user, isApproved: try row.bool("is_approved"), isUsed: try row.bool("is_used"),
      lastPolledAt: try row.optionalInstant("last_polled_at"),
      expiresAt: try row.instant("expires_at"))
    let outcome = DevicePoll.outcome(grant, at: now)
    let isUsed = if case .signIn = outcome { true } else { false }
    try await work.execute(
      """
      UPDATE identity.device_grant g
         SET last_polled_at = \(now), used_at = CASE WHEN \(isUsed)::boolean THEN \(now)::timestamptz ELSE used_at END
       WHERE g.device_hash = \(hash)
      """)
    return Answer(
      outcome: outcome, name: try row.string("client_name"), methods: try row.methods(),
      stamp: try user.map { user throws(PostgresError) in try row.stamp(of: user, isInSession: true) })
  }

  /// Stores the decision of the user, who has a live session.
  /// - Returns: whether a grant with the code waited for a decision.
  func decide(_ code: UserCode, user: ID, session: ID, isApproved: Bool) async throws -> Bool {
    guard let account = try await Account.lock(user, work),
      try await Account.lock(account.stamp(in: session), at: now, work) != nil
    else { throw IdentityError.credentialsChanged }
    let decided = try await work.execute(
      """
      UPDATE identity.device_grant g
         SET user_id = \(user), decided_at = \(now), is_approved = \(isApproved), session_id = s.id,
             credential_version = \(account.credentialVersion),
             first_factor = s.first_factor, second_factor = s.second_factor
        FROM identity.session s
       WHERE s.id = \(session) AND g.user_code = \(code.key) AND g.decided_at IS NULL AND g.expires_at > \(now)
      """)
    return decided == 1
  }
}
