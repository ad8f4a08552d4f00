internal import Platform
internal import Postgres
internal import RPC
internal import Sealing

/// Browsers that were sent to a provider and are to come back.
struct PendingAuthorizations {
  static let lifetime: Duration = .seconds(600)
  private static let table = "identity.external_visit"

  let context: IdentityContext

  /// A visit that begins: what the browser takes along, and what it keeps.
  struct New {
    let state = SingleUseToken()
    let secret = SingleUseToken()
    let secrets = AuthorizationSecrets()
  }

  /// Notes that a browser goes.
  /// - Returns: until when it must be back.
  func begin(_ authorization: PendingAuthorization, _ new: New, _ call: Call) async throws -> Instant {
    let now = Instant.now
    let end = now + Self.lifetime
    let sealed = try context.vault.seal(authorization.secrets.bytes, for: Self.place(new.state.hash))
    try await call.database.connections.execute(
      """
      INSERT INTO identity.external_visit
             (state_hash, secret_hash, provider, redirect_uri, sealed, user_id, session_id, credential_version,
              created_at, expires_at)
      VALUES (\(new.state.hash), \(new.secret.hash), \(authorization.provider), \(authorization.redirect), \(sealed),
              \(authorization.stamp?.user), \(authorization.stamp?.session), \(authorization.stamp?.version ?? 1), \(now), \(end))
      """)
    return end
  }

  /// The visit that comes back with `state`. It is over, whatever comes of it: of several who bring one state at once,
  /// one is heard.
  /// - Throws: ``IdentityError/invalidState`` unless it was begun by the same browser, by the same `linkingSession`, and lately.
  func end(_ state: String, secret: String, linkingSession: PendingAuthorization.LinkingSession?, _ call: Call)
    async throws -> PendingAuthorization
  {
    let hash = SingleUseToken.hash(of: state)
    let database = try call.database.connections
    let rows = try await database.rows(
      """
      DELETE FROM identity.external_visit v
       WHERE v.state_hash = \(hash)
      RETURNING v.secret_hash, v.provider, v.redirect_uri, v.sealed, v.user_id, v.session_id,
                v.credential_version,
                v.expires_at > \(Instant.now) AS is_in_time
      """, access: .write)
    guard let row = rows.first, try row.bool("is_in_time"),
      Digest.areEqual(try row.bytes("secret_hash"), SingleUseToken.hash(of: secret))
    else { throw IdentityError.invalidState }
    let user = try row.optionalID("user_id")
    let stamp = try user.map { user throws(PostgresError) in try row.stamp(of: user, isInSession: true) }
    let bytes = try await context.vault.open(try row.bytes("sealed"), for: Self.place(hash), database)
    guard let secrets = AuthorizationSecrets(bytes: bytes) else { throw IdentityError.invalidState }
    let authorization = PendingAuthorization(
      provider: try row.string("provider"), redirect: try row.string("redirect_uri"), secrets: secrets, stamp: stamp)
    guard authorization.linkingSession == linkingSession else { throw IdentityError.invalidState }
    return authorization
  }

  /// As ``SealedColumns`` names it to `fastshop keys rotate`.
  private static func place(_ hash: [UInt8]) -> SealedPlace {
    SealedPlace(table: table, column: "sealed", row: hexadecimal(hash))
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
