internal import Platform
internal import Postgres
internal import RPC

/// A client credential, as every server keeps it in memory: an API key or a client certificate, with the caller that it
/// authenticates.
struct ClientCredential: Sendable {
  /// The maximum number of API keys that are valid, and of certificates.
  static let countMax = 10_000
  /// The maximum number of those of one shop, so that no shop takes the others' share.
  static let countOfShopMax = 200

  /// The identifier of the credential.
  enum Identifier: Hashable, Sendable {
    /// The SHA-256 hash of the API key.
    case key([UInt8])
    /// The name in a certificate: `uri:`, `dns:` or `sha256:` and the value.
    case certificate(String)
  }

  let identifier: Identifier
  let caller: Caller
  /// When the credential expires; nil for never.
  let until: Instant?

  /// All credentials whose owner is enabled. A rotated key has two entries while both secrets are valid.
  static func all(_ database: Database, at now: Instant) async throws -> [ClientCredential] {
    let rows = try await database.rows(
      """
      SELECT 'key' AS kind, k.id, k.hash AS hash, '' AS subject, k.expires_at AS until,
             \(owner) AS owner_permissions, u.role, array_to_string(k.scopes, ',') AS scopes, k.seller_id,
             u.seller_id AS owner_seller_id, k.calls_per_minute, k.calls_at_once
        FROM identity.api_key k JOIN identity.user u ON u.id = k.owner_id
       WHERE k.revoked_at IS NULL AND coalesce(k.expires_at > \(now), true) AND u.disabled_at IS NULL
      UNION ALL
      SELECT 'key', k.id, k.previous_hash, '',
             least(k.previous_until, k.expires_at), \(owner), u.role,
             array_to_string(k.scopes, ','), k.seller_id, u.seller_id, k.calls_per_minute, k.calls_at_once
        FROM identity.api_key k JOIN identity.user u ON u.id = k.owner_id
       WHERE k.revoked_at IS NULL AND k.previous_until > \(now) AND coalesce(k.expires_at > \(now), true)
         AND u.disabled_at IS NULL
      UNION ALL
      SELECT 'certificate', c.id, '', c.subject, NULL, \(owner), u.role, array_to_string(c.scopes, ','), c.seller_id,
             u.seller_id, NULL, NULL
        FROM identity.certificate c JOIN identity.user u ON u.id = c.owner_id
       WHERE c.revoked_at IS NULL AND u.disabled_at IS NULL
       LIMIT \(3 * countMax)
      """)
    return try rows.compactMap { try ClientCredential($0) }
  }

  private static var owner: Query { ShopRole.permissionsOfUser }

  /// Nil when it is bound to a shop that its owner does not reach any more.
  private init?(_ row: Row) throws(PostgresError) {
    let isKey = try row.string("kind") == "key"
    let subject = try row.string("subject")
    let shown = subject.hasPrefix("dns:") ? subject.lowercased() : subject
    identifier = isKey ? .key(try row.bytes("hash")) : .certificate(shown)
    until = try row.optionalInstant("until")
    let role = Role(rawValue: try row.string("role"))
    let held = try row.optionalString("owner_permissions").map(Self.permissions) ?? role?.permissions ?? []
    let sellerID = try row.optionalID("seller_id")
    guard try sellerID == row.optionalID("owner_seller_id") || held.contains(.sellersAny) else { return nil }
    caller = Caller(
      kind: isKey ? .service : .certificate, id: try row.id("id"), role: role, permissions: held,
      scopes: Self.permissions(try row.string("scopes")), sellerID: sellerID,
      allowances: try APIKeyLimit(row)?.allowances)
  }

  private static func permissions(_ names: String) -> PermissionSet {
    PermissionSet(names.split(separator: ",").compactMap { Permission(name: String($0)) })
  }
}

extension PeerCertificate {
  /// The subjects that this certificate may be registered by.
  var credentialSubjects: [String] {
    ["sha256:\(fingerprint)"] + uris.map { "uri:\($0)" } + dnsNames.map { "dns:\($0.lowercased())" }
  }
}
