internal import Platform
internal import Postgres

/// Up to where a server knows revocations: what its last statement could see.
///
/// No number tells that: a transaction that took a low one may commit last. What a snapshot did not see is exactly what
/// was written by transactions that it lists as under way, or that began later. But when Postgres has crashed and
/// recovered, later ones may have lower ids, for those of lost transactions are given out again. Ids of rows are not,
/// once they were seen: so rows behind the last one are read as well.
struct RevocationPosition: Equatable {
  let snapshot: Snapshot
  /// Which server of Postgres it was, by its start: another one, promoted or restored, may give out the same
  /// transaction ids again.
  let server: String
  /// The highest id of the rows that it could see.
  let lastID: Int64

  /// Whether what this position did not see can be told by transaction ids.
  func isReached(from earlier: RevocationPosition) -> Bool {
    server == earlier.server && snapshot.xmax >= earlier.snapshot.xmax
  }
}

/// Some of the revocations that a server does not know yet, in the order of their ids.
struct RevocationPage {
  /// Revocations read at a time.
  static let countMax = 5_000
  /// Rows are kept for so long: longer than a token may be good for, whoever reads them late.
  private static let keptHours = 48
  /// A server that knows nothing reads what was noted while tokens that are about now could be made, and an hour more:
  /// for transactions that were open for so long.
  private static let lookBackMargin: Duration = .seconds(3_600)

  let position: RevocationPosition
  let revocations: [Revocation]
  /// The last row's id, if there may be more behind it.
  let next: Int64?

  /// - Parameters:
  ///   - known: what is not to be read; nil to read all that concerns tokens of `lifetime`.
  ///   - id: the last page's `next`.
  static func read(
    since known: RevocationPosition?, after id: Int64 = 0, lifetime: Duration, _ database: Database
  ) async throws(PostgresError) -> RevocationPage {
    let isUnknown: Query =
      if let known {
        """
        (r.xid >= \(String(known.snapshot.xmax))::text::xid8
                    OR r.xid = ANY (\(known.snapshot.underWay.map { String($0) })::text[]::xid8[])
                    OR r.id > \(known.lastID))
        """
      } else {
        "r.at >= now() - make_interval(secs => \((lifetime + lookBackMargin).components.seconds)::bigint)"
      }
    let rows = try await database.rows(
      """
      SELECT pg_current_snapshot()::text AS snapshot, pg_postmaster_start_time()::text AS server,
             coalesce((SELECT max(l.id) FROM identity.revocation l), 0) AS last_id,
             r.id, r.kind, r.subject::text AS subject, r.version
        FROM (VALUES (1)) AS always (n)
        LEFT JOIN LATERAL (
               SELECT r.id, r.kind, r.subject, r.version
                 FROM identity.revocation r
                WHERE r.id > \(id) AND \(isUnknown)
                ORDER BY r.id
                LIMIT \(countMax)) r ON true
       ORDER BY r.id
      """)
    guard let first = rows.first, let snapshot = Snapshot(try first.string("snapshot")) else {
      throw .mapping("a snapshot")
    }
    let position = RevocationPosition(
      snapshot: snapshot, server: try first.string("server"), lastID: try first.int64("last_id"))
    guard try first.optionalString("kind") != nil else {
      return RevocationPage(position: position, revocations: [], next: nil)
    }
    var revocations: [Revocation] = []
    var last: Int64?
    for row in rows {
      last = try row.int64("id")
      if let revocation = try Revocation(row) { revocations.append(revocation) }
    }
    return RevocationPage(position: position, revocations: revocations, next: rows.count < countMax ? nil : last)
  }

  /// Forgets what no token needs any more.
  static func sweep(_ database: Database) async throws(PostgresError) {
    try await database.execute(
      """
      DELETE FROM identity.revocation r
       WHERE r.at < platform.retention_time() - make_interval(hours => \(keptHours)::int)
      """)
  }
}
