internal import Platform
internal import Postgres

/// The position up to which a server knows the revocations: the snapshot of its last statement.
///
/// A row id alone cannot tell: a transaction that took a low id may commit last. The rows that a snapshot did not see
/// were written by transactions that it lists as in progress, or that began later. After a crash of Postgres, later
/// transactions may get lower ids, because the ids of lost transactions are reused. Row ids that were seen are not
/// reused, so rows after the last seen id are read as well.
struct RevocationPosition: Equatable {
  let snapshot: Snapshot
  /// The start time of the Postgres server: a promoted or restored server may issue the same transaction ids again.
  let server: String
  /// The highest row id that the snapshot saw.
  let lastID: Int64

  /// Whether transaction ids tell what `earlier` did not see.
  func isReached(from earlier: RevocationPosition) -> Bool {
    server == earlier.server && snapshot.xmax >= earlier.snapshot.xmax
  }
}

/// A page of the revocations that a server does not know yet, in the order of their ids.
struct RevocationPage {
  /// The maximum number of revocations of a page.
  static let countMax = 5_000
  /// The time for which rows are kept: longer than the lifetime of any token.
  private static let keptHours = 48
  /// A server that knows no position reads the revocations of one token lifetime and this margin, which covers long
  /// transactions.
  private static let lookBackMargin: Duration = .seconds(3_600)

  let position: RevocationPosition
  let revocations: [Revocation]
  /// The id of the last row, if there may be more.
  let next: Int64?

  /// - Parameters:
  ///   - known: the position up to which rows are known; nil to read all that concerns tokens of `lifetime`.
  ///   - id: `next` of the previous page.
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

  /// Deletes a batch of the rows that no token needs any more.
  static var deletingBatch: Query {
    .deletingBatch(
      of: "identity.revocation", where: "at < platform.retention_time() - make_interval(hours => \(keptHours)::int)")
  }
}
