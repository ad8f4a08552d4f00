package import Postgres

/// What is read from the event log.
package enum LogQueries {
  /// Events read at a time.
  package static let pageMax = 500
  /// Makes another log of each timeline; the first one has the id itself.
  private static let timelineFactor: UInt32 = 0x9E37_79B1
  /// A server that starts looks this many numbers back for some that are missing.
  private static let lookBack: Int64 = 100_000

  /// Which log it is, and its ends.
  struct Ends {
    /// Which log: the first bytes of its id, and the server's timeline. A replica that becomes the primary begins a new
    /// timeline, and so does a restored backup: either may lack the last events, and gives their numbers out again.
    let log: UInt32
    /// The highest number that retention took away.
    let floor: Int64
    /// The highest number given out.
    let last: Int64
    /// All transactions below it are over.
    let xmin: UInt64
  }

  static func ends(_ database: Database) async throws(PostgresError) -> Ends {
    let rows = try await database.rows(
      """
      SELECT left(l.id::text, 8) AS log, l.floor_seq, s.last, pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
             CASE WHEN pg_is_in_recovery() THEN '1'
                  ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS timeline
        FROM platform.event_log l, (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last
                                      FROM platform.event_seq) s
      """)
    guard let row = rows.first, let id = UInt32(try row.string("log"), radix: 16),
      let timeline = UInt32(try row.string("timeline"), radix: 16), let xmin = UInt64(try row.string("xmin"))
    else { throw .mapping("platform.event_log has no row") }
    let log = id ^ ((timeline &- 1) &* Self.timelineFactor)
    return Ends(log: log, floor: try row.int64("floor_seq"), last: try row.int64("last"), xmin: xmin)
  }

  /// A number below which nothing is missing, as near to `last` as can be told: where a server begins to read. Only an
  /// event whose transaction stays open while 100,000 later ones are numbered would be missed by a server that starts
  /// meanwhile.
  static func start(_ ends: Ends, _ database: Database) async throws(PostgresError) -> Int64 {
    let from = max(ends.floor, ends.last - lookBack)
    let rows = try await database.rows(
      """
      SELECT coalesce(min(e.before), max(e.seq), \(from)::bigint) AS start
        FROM (SELECT seq, lag(seq, 1, \(from)::bigint) OVER (ORDER BY seq) AS before
                FROM platform.event WHERE seq > \(from) AND seq <= \(ends.last)) e
      """)
    return try rows.first?.int64("start") ?? from
  }

  /// A transaction id higher than all those given out before.
  static func fence(_ database: Database) async throws(PostgresError) -> UInt64 {
    let rows = try await database.rows("SELECT pg_current_xact_id()::text AS xid", access: .write)
    guard let text = try rows.first?.string("xid"), let xid = UInt64(text) else { throw .mapping("an xid") }
    return xid
  }

  /// The events behind `seq`, in order.
  static func page(after seq: Int64, _ database: Database) async throws(PostgresError) -> [LoggedEvent] {
    try await events(
      """
      SELECT \(LoggedEvent.columns)
        FROM platform.event e
       WHERE e.seq > \(seq)
       ORDER BY e.seq
       LIMIT \(pageMax)
      """, database)
  }

  /// The events of a topic that concern any of `subjects`, behind `from` and up to `upTo`, in order.
  package static func page(
    of topic: String, concerning subjects: [ID], after from: Int64, upTo: Int64, _ database: Database
  ) async throws(PostgresError) -> [LoggedEvent] {
    try await events(
      """
      SELECT \(LoggedEvent.columns)
        FROM platform.event e
       WHERE e.seq > \(from) AND e.seq <= \(upTo) AND e.topic = \(topic) AND e.subjects && \(subjects)::uuid[]
       ORDER BY e.seq
       LIMIT \(pageMax)
      """, database)
  }

  private static func events(_ query: Query, _ database: Database) async throws(PostgresError) -> [LoggedEvent] {
    var events: [LoggedEvent] = []
    for row in try await database.rows(query) { events.append(try LoggedEvent(row)) }
    return events
  }
}
