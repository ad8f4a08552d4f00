internal import Credentials
internal import Platform
internal import Postgres
internal import Sealing

/// The authenticator and the recovery codes of a user, inside a transaction.
struct SecondFactor {
  let work: Work
  let vault: Vault
  let now: Instant

  private struct Stored {
    let codes: OneTimeCode
    let isConfirmed: Bool
    let lastStep: Int64
    /// The stamp of the enrolment until it is confirmed.
    let stamp: SecurityStamp
  }

  /// Whether `code` is an unused code of the authenticator, or an unused recovery code. The code is used up.
  func accepts(_ code: String, of user: ID) async throws -> Bool {
    guard let stored = try await find(user), stored.isConfirmed else { return false }
    if try await acceptsStep(of: code, stored, user) { return true }
    let used = try await work.execute(
      """
      UPDATE identity.recovery_code r SET used_at = \(now)
       WHERE r.user_id = \(user) AND r.hash = \(RecoveryCode.hash(of: code, user: user))
         AND r.used_at IS NULL
      """)
    return used == 1
  }

  /// Begins an enrolment, and replaces an unconfirmed one.
  /// - Returns: the secret; nil when an authenticator is confirmed.
  func enrol(_ stamp: SecurityStamp) async throws -> [UInt8]? {
    let user = stamp.user
    let secret = Digest.random(OneTimeCode.secretBytes)
    let sealed = try vault.seal(secret, for: Self.place(user))
    let made = try await work.execute(
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

  /// Confirms the enrolment, while its stamp is valid. The user's row is locked.
  /// - Returns: whether the code was right. Call ``renewRecoveryCodes(of:)`` for the recovery codes.
  func confirm(_ code: String, of user: ID) async throws -> Bool {
    guard let stored = try await find(user) else { throw IdentityError.noEnrolment }
    if stored.isConfirmed { throw IdentityError.secondFactorExists }
    guard try await Account.lock(stored.stamp, at: now, work) != nil else { throw IdentityError.noEnrolment }
    guard try await acceptsStep(of: code, stored, user) else { return false }
    try await work.execute("UPDATE identity.totp SET confirmed_at = \(now) WHERE user_id = \(user)")
    try await changed(user)
    return true
  }

  /// Creates new recovery codes and deletes the former ones.
  func renewRecoveryCodes(of user: ID) async throws -> [RecoveryCode] {
    let codes = (0..<RecoveryCode.countUsual).map { _ in RecoveryCode() }
    try await work.execute("DELETE FROM identity.recovery_code WHERE user_id = \(user)")
    for code in codes {
      try await work.execute(
        """
        INSERT INTO identity.recovery_code (user_id, hash)
        VALUES (\(user), \(RecoveryCode.hash(of: code.text, user: user)))
        """)
    }
    return codes
  }

  /// Removes the second factor.
  func remove(of user: ID) async throws {
    try await work.execute("DELETE FROM identity.recovery_code WHERE user_id = \(user)")
    try await work.execute("DELETE FROM identity.totp WHERE user_id = \(user)")
    try await changed(user)
  }

  private func changed(_ user: ID) async throws {
    let changes = AccountChanges(work: work, now: now)
    try await changes.touch(user)
    try await changes.advanceCredentialVersion(of: user)
  }

  private func acceptsStep(of code: String, _ stored: Stored, _ user: ID) async throws -> Bool {
    guard let step = stored.codes.step(of: code, at: now.seconds, after: stored.lastStep) else { return false }
    try await work.execute("UPDATE identity.totp SET last_step = \(step) WHERE user_id = \(user)")
    return true
  }

  private func find(_ user: ID) async throws -> Stored? {
    let rows = try await work.rows(
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
