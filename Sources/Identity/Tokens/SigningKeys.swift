internal import Credentials
internal import Platform
internal import Postgres
internal import Sealing

/// The signing keys in the database. Servers that start at the same time create one key between them.
struct SigningKeys {
  private static let lockName = "identity.signing_key"

  let vault: Vault
  let settings: IdentitySettings

  /// Creates the next key when it is due, deletes expired keys, and reads the rest.
  func keepUp(_ database: Database, at now: Instant) async throws -> KeySet {
    let known = KeySet(try await read(database, at: now))
    if let last = known.signsUntil, !SigningKeySchedule.isNextDue(last, at: now), known.signing(at: now) != nil {
      return known
    }
    try await database.work(as: .system("identity.signing_keys", vault: vault)) { work in
      try await work.execute("SELECT pg_advisory_xact_lock(hashtext(\(Self.lockName)))")
      try await work.execute(
        "DELETE FROM identity.signing_key WHERE verifies_until < \(now) AND verifies_until < platform.retention_time()")
      let rows = try await work.rows(
        """
        SELECT max(k.signs_until) AS signs_until,
               coalesce(bool_or(k.signs_from <= \(now) AND \(now) < k.signs_until), false) AS is_signing
          FROM identity.signing_key k
        """)
      let last = try rows.first?.optionalInstant("signs_until")
      // When the clock was set back to before the first key, a key that signs at once is needed.
      let isSigning = try rows.first?.bool("is_signing") ?? false
      if let last, isSigning, !SigningKeySchedule.isNextDue(last, at: now) { return }
      let schedule =
        last.flatMap { isSigning ? SigningKeySchedule.next(after: $0, at: now, settings) : nil }
        ?? .first(at: now, settings)
      try await insert(SigningKey(), schedule, work, at: now)
    }
    return KeySet(try await read(database, at: now))
  }

  private func insert(
    _ key: SigningKey, _ schedule: SigningKeySchedule, _ work: Work, at now: Instant
  ) async throws {
    let id = JSONWebKey.thumbprint(of: key.verifying)
    let sealed = try vault.seal(key.privateBytes, for: Self.place(id))
    try await work.execute(
      """
      INSERT INTO identity.signing_key
             (id, public_key, private_key, created_at, signs_from, signs_until, verifies_until)
      VALUES (\(id), \(key.verifying.point), \(sealed), \(now), \(schedule.signsFrom),
              \(schedule.signsUntil), \(schedule.verifiesUntil))
      """)
  }

  private func read(_ database: Database, at now: Instant) async throws -> [AccessTokenKey] {
    let rows = try await database.rows(
      """
      SELECT k.id, k.public_key, k.private_key,
             k.signs_from, k.signs_until, k.verifies_until
        FROM identity.signing_key k
       WHERE k.verifies_until >= \(now)
       ORDER BY k.signs_from
      """)
    return try rows.map { row in
      let id = try row.string("id")
      guard let verifying = VerifyingKey(point: try row.bytes("public_key")) else {
        throw PostgresError.mapping("identity.signing_key.public_key is no point")
      }
      let bytes = try vault.open(try row.bytes("private_key"), for: Self.place(id))
      return AccessTokenKey(
        id: id, signing: SigningKey(privateBytes: bytes), verifying: verifying,
        schedule: SigningKeySchedule(
          signsFrom: try row.instant("signs_from"), signsUntil: try row.instant("signs_until"),
          verifiesUntil: try row.instant("verifies_until")))
    }
  }

  private static func place(_ id: String) -> SealedPlace {
    SealedPlace(table: "identity.signing_key", column: "private_key", row: id)
  }
}
