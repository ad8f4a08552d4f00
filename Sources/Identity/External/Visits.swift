internal import Platform
internal import Postgres
internal import RPC
internal import Sealing

/// Browsers that were sent to a provider and are to come back.
struct Visits {
  static let lifetime: Duration = .seconds(600)
  private static let table = "identity.external_visit"

  let desk: Reception

  /// A visit that begins: what the browser takes along, and what it keeps.
  struct Departure {
    let state = SingleUseToken()
    let secret = SingleUseToken()
    let secrets = VisitSecrets()
  }

  /// Notes that a browser goes.
  /// - Returns: until when it must be back.
  func begin(_ visit: Visit, _ departure: Departure, _ call: Call) async throws -> Instant {
    let now = Instant.now
    let end = now + Self.lifetime
    let sealed = try desk.vault.seal(visit.secrets.bytes, for: Self.place(departure.state.hash))
    try await call.database.connections.execute(
      """
      INSERT INTO identity.external_visit
             (state_hash, secret_hash, provider, redirect_uri, sealed, user_id, session_id, credential_version,
              created_at, expires_at)
      VALUES (\(departure.state.hash), \(departure.secret.hash), \(visit.provider), \(visit.redirect), \(sealed),
              \(visit.stamp?.user), \(visit.stamp?.session), \(visit.stamp?.version ?? 1), \(now), \(end))
      """)
    return end
  }

  /// The visit that comes back with `state`. It is over, whatever comes of it: of several who bring one state at once,
  /// one is heard.
  /// - Throws: ``IdentityError/badState`` unless it was begun by the same browser, by the same `linker`, and lately.
  func end(_ state: String, secret: String, linker: Visit.Linker?, _ call: Call) async throws -> Visit {
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
    else { throw IdentityError.badState }
    let user = try row.optionalID("user_id")
    let stamp = try user.map { user throws(PostgresError) in try row.stamp(of: user, isInSession: true) }
    let bytes = try await desk.vault.open(try row.bytes("sealed"), for: Self.place(hash), database)
    guard let secrets = VisitSecrets(bytes: bytes) else { throw IdentityError.badState }
    let visit = Visit(
      provider: try row.string("provider"), redirect: try row.string("redirect_uri"), secrets: secrets, stamp: stamp)
    guard visit.linker == linker else { throw IdentityError.badState }
    return visit
  }

  /// As ``SealedColumns`` names it to `fastshop keys rotate`.
  private static func place(_ hash: [UInt8]) -> SealedPlace {
    SealedPlace(table: table, column: "sealed", row: hexadecimal(hash))
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
