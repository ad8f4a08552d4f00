internal import Credentials
internal import Platform
internal import Postgres
internal import Sealing

/// A user's authenticator and recovery codes, inside somebody's transaction.
struct SecondFactor {
  let transaction: Transaction
  let vault: Vault
  let now: Instant

  private struct Stored {
    let codes: OneTimeCode
    let isConfirmed: Bool
    let lastStep: Int64
    /// What the enrolment hangs on until it is confirmed.
    let stamp: SecurityStamp
  }

  /// Whether `code` is the authenticator's, or a recovery code, neither of them taken before; it is taken now.
  func takes(_ code: String, of user: ID) async throws -> Bool {
    guard let stored = try await find(user), stored.isConfirmed else { return false }
    if try await takesStep(of: code, stored, user) { return true }
    let used = try await transaction.execute(
      """
      UPDATE identity.recovery_code r SET used_at = \(now)
       WHERE r.user_id = \(user) AND r.hash = \(RecoveryCode.hash(of: code, user: user))
         AND r.used_at IS NULL
      """)
    return used == 1
  }

  /// Begins an enrolment; one that was begun before is forgotten.
  /// - Returns: the secret; nil when there is an authenticator in use.
  func enrol(_ stamp: SecurityStamp) async throws -> [UInt8]? {
    let user = stamp.user
    let secret = Digest.random(OneTimeCode.secretBytes)
    let sealed = try vault.seal(secret, for: Self.place(user))
    let made = try await transaction.execute(
      """
      INSERT INTO identity.totp AS t (user_id, secret, credential_version, session_id, created_at)
      VALUES (\(user), \(sealed), \(stamp.version), \(stamp.session), \(now))
      ON CONFLICT (user_id) DO UPDATE
        SET secret = excluded.secret, credential_version = excluded.credential_version,
            session_id = excluded.session_id, created_at = excluded.created_at
        WHERE t.confirmed_at IS NULL
      """)
    return made == 1 ? secret : nil
  }

  /// Takes the authenticator into use, while the session in which the enrolment was begun lives and nothing else has
  /// ended it. The user is locked.
  /// - Returns: whether the code was right; the recovery codes go to ``renewRecoveryCodes(of:)``.
  func confirm(_ code: String, of user: ID) async throws -> Bool {
    guard let stored = try await find(user) else { throw IdentityError.noEnrolment }
    if stored.isConfirmed { throw IdentityError.secondFactorExists }
    guard try await Account.lock(stored.stamp, at: now, transaction) != nil else { throw IdentityError.noEnrolment }
    guard try await takesStep(of: code, stored, user) else { return false }
    try await transaction.execute("UPDATE identity.totp SET confirmed_at = \(now) WHERE user_id = \(user)")
    try await changed(user)
    return true
  }

  /// New recovery codes; the former ones end.
  func renewRecoveryCodes(of user: ID) async throws -> [RecoveryCode] {
    let codes = (0..<RecoveryCode.countUsual).map { _ in RecoveryCode() }
    try await transaction.execute("DELETE FROM identity.recovery_code WHERE user_id = \(user)")
    for code in codes {
      try await transaction.execute(
        """
        INSERT INTO identity.recovery_code (user_id, hash)
        VALUES (\(user), \(RecoveryCode.hash(of: code.text, user: user)))
        """)
    }
    return codes
  }

  /// Takes the second factor away.
  func remove(of user: ID) async throws {
    try await transaction.execute("DELETE FROM identity.recovery_code WHERE user_id = \(user)")
    try await transaction.execute("DELETE FROM identity.totp WHERE user_id = \(user)")
    try await changed(user)
  }

  private func changed(_ user: ID) async throws {
    let changes = AccountChanges(transaction: transaction, now: now)
    try await changes.touch(user)
    try await changes.advanceCredentialVersion(by: user)
  }

  private func takesStep(of code: String, _ stored: Stored, _ user: ID) async throws -> Bool {
    guard let step = stored.codes.step(of: code, at: now.seconds, after: stored.lastStep) else { return false }
    try await transaction.execute("UPDATE identity.totp SET last_step = \(step) WHERE user_id = \(user)")
    return true
  }

  private func find(_ user: ID) async throws -> Stored? {
    let rows = try await transaction.rows(
      """
      SELECT t.secret, t.confirmed_at IS NOT NULL AS is_confirmed, t.last_step, t.credential_version, t.session_id
        FROM identity.totp t
       WHERE t.user_id = \(user)
         FOR UPDATE
      """)
    guard let row = rows.first else { return nil }
    return Stored(
      codes: OneTimeCode(secret: try vault.open(try row.bytes("secret"), for: Self.place(user))),
      isConfirmed: try row.bool("is_confirmed"), lastStep: try row.int64("last_step"),
      stamp: try row.stamp(of: user, isInSession: true))
  }

  private static func place(_ user: ID) -> SealedPlace {
    SealedPlace(table: "identity.totp", column: "secret", row: user.description)
  }
}
