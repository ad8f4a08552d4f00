internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// The secret of a new API key, which only the response holds.
struct APIKeySecret {
  /// The prefix that distinguishes an API key from an access token.
  static let prefix = "fsk_"
  private static let hintLetters = 4

  let text = prefix + SingleUseToken().text

  var hash: [UInt8] { SingleUseToken.hash(of: text) }
  var hint: String { String(text.suffix(Self.hintLetters)) }
}

/// API keys and certificates, inside a transaction. A seller reaches the credentials of their own shop. The audit log
/// records every change.
struct ClientCredentialStore {
  let work: Work
  let caller: Caller
  let now: Instant
  let arena: Arena

  static var keyColumns: Query {
    """
    k.id, k.name, k.hint, k.scopes, coalesce(k.seller_id::text, '') AS seller_id, k.owner_id,
           k.created_at AS create_time, k.expires_at AS expire_time, k.last_used_at AS last_used_time,
           \(ETag.column("k.version")) AS etag, k.calls_per_minute AS "limit.calls_per_minute",
           k.calls_at_once AS "limit.burst"
    """
  }

  static var certificateColumns: Query {
    """
    c.id, c.name, c.subject, c.scopes, coalesce(c.seller_id::text, '') AS seller_id, c.owner_id,
           c.created_at AS create_time
    """
  }

  /// A condition: the caller manages the credentials of the shop in `column`. Credentials without a shop belong to the
  /// platform.
  static func reach(_ caller: Caller, _ column: Query) -> Query {
    if let own = caller.sellerID { return " AND \(column) = \(own)" }
    if caller.isSellerWithoutShop { return " AND false" }
    return caller.permissions.contains(.sellersAny) ? "" : " AND \(column) IS NULL"
  }

  func createKey(
    _ new: NewClientCredential, _ secret: APIKeySecret, until end: Instant?, _ limit: APIKeyLimit?, owner: ID
  ) async throws -> ApiKey {
    try await work.lockSeller(new.sellerID)
    let made = try await work.rows(
      """
      INSERT INTO identity.api_key
             (name, owner_id, seller_id, hint, hash, scopes, expires_at, calls_per_minute, calls_at_once, created_at,
              updated_at)
      SELECT \(new.name), \(owner), \(new.sellerID)::uuid, \(secret.hint), \(secret.hash),
             \(new.scopes.names)::text[], \(end)::timestamptz, \(limit?.perMinute)::int, \(limit?.burst)::int,
             \(now), \(now)
       WHERE \(hasRoom("identity.api_key", "c.revoked_at IS NULL AND coalesce(c.expires_at > \(now), true)", new))
      RETURNING id
      """, access: .write)
    guard let row = made.first else { throw IdentityError.tooManyClientCredentials }
    return try await changed(try row.id("id"), "identity.key.create", before: nil)
  }

  func updateKey(_ change: APIKeyChange) async throws -> ApiKey {
    let before = try await lockKey(change.id, in: change.state)
    try await work.execute(
      """
      UPDATE identity.api_key k
         SET name = coalesce(\(change.name)::text, name), version = version + 1, updated_at = \(now),
             calls_per_minute =
               CASE WHEN \(change.changesLimit)::boolean THEN \(change.limit?.perMinute)::int ELSE calls_per_minute END,
             calls_at_once =
               CASE WHEN \(change.changesLimit)::boolean THEN \(change.limit?.burst)::int ELSE calls_at_once END
       WHERE k.id = \(change.id)
      """)
    return try await changed(change.id, "identity.key.update", before: before)
  }

  func rotateKey(_ id: ID, in state: ExpectedState, to secret: APIKeySecret, overlap: Duration) async throws -> ApiKey {
    let before = try await lockKey(id, in: state)
    // The caller gets the new secret, so they need its permissions.
    let scopes = PermissionSet(before.scopes.compactMap { Permission(name: $0.string) })
    guard scopes.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
    let isKept = overlap > .zero
    try await work.execute(
      """
      UPDATE identity.api_key k
         SET hash = \(secret.hash), hint = \(secret.hint), version = version + 1, updated_at = \(now),
             previous_hash = CASE WHEN \(isKept)::boolean THEN hash END,
             previous_until = CASE WHEN \(isKept)::boolean THEN \(now + overlap)::timestamptz END
       WHERE k.id = \(id)
      """)
    return try await changed(id, "identity.key.rotate", before: before)
  }

  func revokeKey(_ id: ID, in state: ExpectedState) async throws {
    let before = try await lockKey(id, in: state)
    try await work.execute(
      """
      UPDATE identity.api_key k
         SET revoked_at = \(now), previous_hash = NULL, previous_until = NULL, version = version + 1,
             updated_at = \(now)
       WHERE k.id = \(id)
      """)
    log(id)
    try work.record("identity.key.revoke", ApiKey.descriptor, id, before: before, after: nil)
  }

  func createCertificate(_ subject: String, _ new: NewClientCredential, owner: ID) async throws -> Certificate? {
    try await work.lockSeller(new.sellerID)
    let made = try await expecting(["identity.certificate_subject_key": IdentityError.certificateExists]) {
      try await work.rows(
        """
        INSERT INTO identity.certificate (name, subject, owner_id, seller_id, scopes, created_at)
        SELECT \(new.name), \(subject), \(owner), \(new.sellerID)::uuid, \(new.scopes.names)::text[], \(now)
         WHERE \(hasRoom("identity.certificate", "c.revoked_at IS NULL", new))
        RETURNING id
        """, access: .write)
    }
    guard let id = try made.first?.id("id") else { throw IdentityError.tooManyClientCredentials }
    let certificate = try await findCertificate(id)
    log(id)
    try work.record("identity.certificate.create", Certificate.descriptor, id, before: nil, after: certificate)
    return certificate
  }

  func revokeCertificate(_ id: ID) async throws {
    guard let before = try await findCertificate(id) else { throw IdentityError.noSuchCertificate(id.description) }
    try await work.execute("UPDATE identity.certificate c SET revoked_at = \(now) WHERE c.id = \(id)")
    log(id)
    try work.record("identity.certificate.revoke", Certificate.descriptor, id, before: before, after: nil)
  }

  /// A condition: the platform, and the shop of `new`, may have another credential. The shop is locked.
  private func hasRoom(_ table: Query, _ isValid: Query, _ new: NewClientCredential) -> Query {
    """
    (SELECT count(*) FROM \(table) c WHERE \(isValid)) < \(ClientCredential.countMax)
         AND (\(new.sellerID)::uuid IS NULL
              OR (SELECT count(*) FROM \(table) c WHERE \(isValid) AND c.seller_id = \(new.sellerID)::uuid)
                 < \(ClientCredential.countOfShopMax))
    """
  }

  /// Locks a key whose etag the caller knows.
  private func lockKey(_ id: ID, in state: ExpectedState) async throws -> ApiKey {
    let key = try await findKey(id)
    guard let key, let etag = ETag(key.etag.string) else { throw IdentityError.noSuchKey(id.description) }
    try state.verify(etag.version, of: ApiKey.descriptor.fullName, id)
    return key
  }

  private func findKey(_ id: ID) async throws -> ApiKey? {
    try await work.first(
      ApiKey.self,
      """
      SELECT \(Self.keyColumns) FROM identity.api_key k
       WHERE k.id = \(id) AND k.revoked_at IS NULL\(Self.reach(caller, "k.seller_id"))
         FOR UPDATE OF k
      """, access: .write, in: arena)
  }

  private func findCertificate(_ id: ID) async throws -> Certificate? {
    try await work.first(
      Certificate.self,
      """
      SELECT \(Self.certificateColumns) FROM identity.certificate c
       WHERE c.id = \(id) AND c.revoked_at IS NULL\(Self.reach(caller, "c.seller_id"))
         FOR UPDATE OF c
      """, access: .write, in: arena)
  }

  /// Records that a key was created or changed.
  private func changed(_ id: ID, _ action: String, before: ApiKey?) async throws -> ApiKey {
    guard let after = try await findKey(id) else { throw IdentityError.noSuchKey(id.description) }
    log(id)
    try work.record(action, ApiKey.descriptor, id, before: before, after: after)
    return after
  }

  /// Publishes the change, so every server reads the client credentials again.
  private func log(_ id: ID) { work.publish(NewEvent("identity.program", "changed", of: id)) }
}

extension IdentityContext {
  /// Executes a request that changes API keys or certificates, once, by a caller who still may when it ends.
  func changeCredentials<Request: Message, Response: Message>(
    _ request: Request, _ id: ID, _ call: Call, answer: ResponseStorage = .open,
    _ body: (ClientCredentialStore) async throws -> Response
  ) async throws -> Response {
    try await work(request, id: id, call, answer: answer) { work in
      let response = try await body(
        ClientCredentialStore(work: work, caller: call.caller, now: .now, arena: call.arena))
      try await work.verifyCaller(at: .now)
      return response
    }
  }
}
