package import Postgres
internal import Sealing

/// The secrets that outside providers know the shop by, such as the key for requests to a payment provider: sealed in
/// the database, so that every server has the same and a backup reveals none.
package enum ProviderCredentials {
  private static let table = "platform.provider_credential"

  /// The sealed column, for `fastshop keys rotate`.
  static let column = SealedColumn(
    table: table, column: "sealed",
    page: { after, limit in
      """
      SELECT c.provider || ' ' || c.name AS row, c.sealed
        FROM platform.provider_credential c
       WHERE (c.provider, c.name) > (split_part(\(after), ' ', 1), split_part(\(after), ' ', 2))
       ORDER BY c.provider, c.name
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE platform.provider_credential c SET sealed = n.new
        FROM unnest(\(rows)::text[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE c.provider = split_part(n.row, ' ', 1) AND c.name = split_part(n.row, ' ', 2) AND c.sealed = n.old
      """
    })

  /// Sets or replaces a secret, and records in the audit log that it was done.
  /// - Parameter provider, name: at most 40 small letters, digits, `-` and `_`.
  package nonisolated(nonsending) static func set(
    _ secret: String, provider: String, name: String, in work: Work
  ) async throws {
    let sealed = try work.vault.seal(text: secret, for: place(provider, name))
    try await work.execute(
      """
      INSERT INTO platform.provider_credential AS c (provider, name, sealed)
      VALUES (\(provider), \(name), \(sealed))
          ON CONFLICT ON CONSTRAINT provider_credential_pkey
          DO UPDATE SET sealed = excluded.sealed, updated_at = now()
      """)
    try work.audit("platform.provider_credential.set", on: table, "\(provider) \(name)")
  }

  /// A secret; nil if none was set.
  package nonisolated(nonsending) static func secret(
    provider: String, name: String, vault: Vault, _ database: Database
  ) async throws -> String? {
    let rows = try await database.rows(
      """
      SELECT c.sealed
        FROM platform.provider_credential c
       WHERE c.provider = \(provider) AND c.name = \(name)
      """)
    guard let row = rows.first else { return nil }
    let plain = try await vault.open(try row.bytes("sealed"), for: place(provider, name), database)
    return String(decoding: plain, as: UTF8.self)
  }

  private static func place(_ provider: String, _ name: String) -> SealedPlace { column.place("\(provider) \(name)") }
}
