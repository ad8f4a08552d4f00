internal import Platform
internal import Postgres
internal import Sealing

/// An API key's letters, on the one occasion that they are known.
struct APIKeySecret {
  /// What tells a key from an access token.
  static let prefix = "fsk_"
  private static let hintLetters = 4

  let text = prefix + SingleUseToken().text

  var hash: [UInt8] { SingleUseToken.hash(of: text) }
  var hint: String { String(text.suffix(Self.hintLetters)) }
}

/// Keys and certificates of programs, inside somebody's transaction. Who runs a shop reaches that shop's alone.
struct ProgramStore {
  let transaction: Transaction
  let caller: Caller
  let now: Instant

  static var keyColumns: Query {
    """
    k.id, k.name, k.hint, k.scopes, coalesce(k.seller_id::text, '') AS seller_id, k.owner_id,
           k.created_at AS create_time, k.expires_at AS expire_time, k.last_used_at AS last_used_time
    """
  }

  static var certificateColumns: Query {
    """
    c.id, c.name, c.subject, c.scopes, coalesce(c.seller_id::text, '') AS seller_id, c.owner_id,
           c.created_at AS create_time
    """
  }

  /// A condition: the caller reaches what belongs to the shop of `column`.
  static func reach(_ caller: Caller, _ column: Query) -> Query {
    caller.sellerID.map { " AND \(column) = \($0)" } ?? ""
  }

  func make(_ scopes: ProgramScopes, _ secret: APIKeySecret, until end: Instant?, owner: ID) async throws -> ID {
    let made = try await transaction.rows(
      """
      INSERT INTO identity.api_key
             (name, owner_id, seller_id, hint, hash, scopes, expires_at, created_at, updated_at)
      SELECT \(scopes.name), \(owner), \(scopes.sellerID)::uuid, \(secret.hint), \(secret.hash),
             \(scopes.scopes.names)::text[], \(end)::timestamptz, \(now), \(now)
       WHERE (SELECT count(*) FROM identity.api_key k WHERE k.revoked_at IS NULL) < \(Program.countMax)
      RETURNING id
      """, access: .write)
    guard let row = made.first else { throw IdentityError.tooManyPrograms }
    return try await log(try row.id("id"))
  }

  func rotate(_ id: ID, to secret: APIKeySecret, overlap: Duration) async throws {
    let isKept = overlap > .zero
    let changed = try await transaction.execute(
      """
      UPDATE identity.api_key k
         SET hash = \(secret.hash), hint = \(secret.hint), version = version + 1, updated_at = \(now),
             previous_hash = CASE WHEN \(isKept)::boolean THEN hash END,
             previous_until = CASE WHEN \(isKept)::boolean THEN \(now + overlap)::timestamptz END
       WHERE k.id = \(id) AND k.revoked_at IS NULL\(Self.reach(caller, "k.seller_id"))
      """)
    guard changed == 1 else { throw IdentityError.noSuchKey(id.description) }
    _ = try await log(id)
  }

  func revokeKey(_ id: ID) async throws {
    let changed = try await transaction.execute(
      """
      UPDATE identity.api_key k
         SET revoked_at = \(now), previous_hash = NULL, previous_until = NULL, version = version + 1,
             updated_at = \(now)
       WHERE k.id = \(id) AND k.revoked_at IS NULL\(Self.reach(caller, "k.seller_id"))
      """)
    guard changed == 1 else { throw IdentityError.noSuchKey(id.description) }
    _ = try await log(id)
  }

  func enter(_ subject: String, _ scopes: ProgramScopes, owner: ID) async throws -> ID {
    let made: Rows
    do throws(PostgresError) {
      made = try await transaction.rows(
        """
        INSERT INTO identity.certificate (name, subject, owner_id, seller_id, scopes, created_at)
        SELECT \(scopes.name), \(subject), \(owner), \(scopes.sellerID)::uuid, \(scopes.scopes.names)::text[], \(now)
         WHERE (SELECT count(*) FROM identity.certificate c WHERE c.revoked_at IS NULL) < \(Program.countMax)
        RETURNING id
        """, access: .write)
    } catch {
      if error == .uniqueViolation(constraint: "certificate_subject_key") { throw IdentityError.certificateExists }
      throw error
    }
    guard let row = made.first else { throw IdentityError.tooManyPrograms }
    return try await log(try row.id("id"))
  }

  func revokeCertificate(_ id: ID) async throws {
    let changed = try await transaction.execute(
      """
      UPDATE identity.certificate c SET revoked_at = \(now)
       WHERE c.id = \(id) AND c.revoked_at IS NULL\(Self.reach(caller, "c.seller_id"))
      """)
    guard changed == 1 else { throw IdentityError.noSuchCertificate(id.description) }
    _ = try await log(id)
  }

  /// Every server reads the programs again.
  private func log(_ id: ID) async throws -> ID {
    try await transaction.execute(
      """
      INSERT INTO platform.event (topic, key, type, subjects, payload)
      VALUES ('identity.program', \(id), 'changed', ARRAY[\(id)]::uuid[], '{}')
      """)
    return id
  }
}
