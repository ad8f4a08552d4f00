internal import Platform
internal import Postgres

/// The columns of this module with sealed values.
enum SealedColumns {
  static let all = [authenticators, signingKeys, visits, PersonalColumns.addresses, PersonalColumns.phones]

  /// The secrets that users share with their authenticators.
  private static let authenticators = SealedColumn(
    table: "identity.totp", column: "secret",
    page: { after, limit in
      """
      SELECT t.user_id AS row, t.secret AS sealed
        FROM identity.totp t
       WHERE \(after) = '' OR t.user_id > nullif(\(after), '')::uuid
       ORDER BY t.user_id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE identity.totp t SET secret = n.new
        FROM unnest(\(rows)::uuid[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE t.user_id = n.row AND t.secret = n.old
      """
    })

  /// The secrets of pending sign-ins at another provider.
  private static let visits = SealedColumn(
    table: "identity.external_visit", column: "sealed",
    page: { after, limit in
      """
      SELECT encode(v.state_hash, 'hex') AS row, v.sealed
        FROM identity.external_visit v
       WHERE v.state_hash > decode(\(after), 'hex')
       ORDER BY v.state_hash
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE identity.external_visit v SET sealed = n.new
        FROM unnest(\(rows)::text[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE v.state_hash = decode(n.row, 'hex') AND v.sealed = n.old
      """
    })

  /// The keys that access tokens are signed with.
  private static let signingKeys = SealedColumn(
    table: "identity.signing_key", column: "private_key",
    page: { after, limit in
      """
      SELECT k.id AS row, k.private_key AS sealed
        FROM identity.signing_key k
       WHERE k.id > \(after)
       ORDER BY k.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE identity.signing_key k SET private_key = n.new
        FROM unnest(\(rows)::text[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE k.id = n.row AND k.private_key = n.old
      """
    })
}
