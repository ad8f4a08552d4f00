internal import Postgres

/// Answers that are remembered sealed, as `fastshop keys rotate` needs to know them.
package enum StoredResponses {
  /// A row is the caller, the method and the request's id.
  package static let column = SealedColumn(
    table: "platform.request", column: "sealed",
    page: { after, limit in
      """
      SELECT r.caller || ' ' || r.method || ' ' || r.id AS row, r.sealed
        FROM platform.request r
       WHERE r.sealed IS NOT NULL
         AND (\(after) = '' OR (r.caller, r.method, r.id) >
              (split_part(\(after), ' ', 1), split_part(\(after), ' ', 2),
               nullif(split_part(\(after), ' ', 3), '')::uuid))
       ORDER BY r.caller, r.method, r.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE platform.request r SET sealed = n.new
        FROM unnest(\(rows)::text[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE r.caller = split_part(n.row, ' ', 1) AND r.method = split_part(n.row, ' ', 2)
         AND r.id = split_part(n.row, ' ', 3)::uuid AND r.sealed = n.old
      """
    })
}
