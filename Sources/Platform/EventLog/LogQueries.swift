package import Postgres

/// The queries on the event log.
package enum LogQueries {
  /// Events read at a time.
  package static let pageMax = 500
  /// Makes another log of each timeline; the first one has the id itself.
  private static let timelineFactor: UInt32 = 0x9E37_79B1
  /// Makes another log of a restored dump.
  private static let moveFactor: UInt64 = 0xFF51_AFD7_ED55_8CCD
  /// A server that starts looks this many numbers back for some that are missing.
  private static let lookBack: Int64 = 100_000

  /// The log's id, its first number and its last.
  struct Ends {
    /// The log: the first bytes of its id, and the server's timeline. A replica that becomes the primary begins a new
    /// timeline, and so does a cluster that is recovered to a point in time: either may lack the last events, and
    /// assigns their numbers again. A restored dump has another place, by oids, than the log when it was made.
    let log: UInt32
    /// The highest number that retention took away.
    let floor: Int64
    /// The highest number given out.
    let last: Int64

    init(_ rows: Rows) throws(PostgresError) {
      guard let row = rows.first, let id = UInt32(try row.string("log"), radix: 16),
        let timeline = UInt32(try row.string("timeline"), radix: 16)
      else { throw .mapping("platform.event_log has no row") }
      let moved = UInt64(bitPattern: try row.int64("moved")) &* moveFactor
      log = id ^ ((timeline &- 1) &* timelineFactor) ^ UInt32(truncatingIfNeeded: moved >> 32)
      floor = try row.int64("floor_seq")
      last = try row.int64("last")
    }
  }

  nonisolated(nonsending) static func ends(_ runner: any QueryRunner) async throws(PostgresError) -> Ends {
    try Ends(await runner.rows(endsQuery))
  }

  /// What ``Ends/init(_:)`` reads.
  static var endsQuery: Query {
    """
    SELECT left(l.id::text, 8) AS log, l.floor_seq, s.last,
           l.place # platform.event_log_place() AS moved,
           CASE WHEN pg_is_in_recovery() THEN '1'
                ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS timeline
      FROM platform.event_log l, (\(lastNumber)) s
    """
  }

  /// A relation: the highest number given out.
  private static var lastNumber: Query {
    "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM platform.event_seq"
  }

  /// The start for a server's reads: a number below which no event is missing, and the events after it that were
  /// visible already.
  ///
  /// While nobody writes, this is the last number. While somebody does, it is before the first missing number of the
  /// last 100,000, so the server would only miss an event whose transaction stays open for longer.
  static func start(
    _ ends: Ends, _ database: Database
  ) async throws(PostgresError) -> (seq: Int64, visible: EventCursor.VisibleEvents?) {
    let seen = try await database.rows(
      "SELECT pg_current_snapshot()::text AS snapshot, s.last FROM (\(lastNumber)) s")
    guard let row = seen.first, let snapshot = Snapshot(try row.string("snapshot")) else {
      throw .mapping("a snapshot")
    }
    let visible = EventCursor.VisibleEvents(snapshot: snapshot, upTo: try row.int64("last"))
    // A transaction that had taken one of these numbers and writes no more has committed, or never will.
    if try await writers(database).isEmpty { return (visible.upTo, nil) }
    let from = max(ends.floor, visible.upTo - lookBack)
    let rows = try await database.rows(
      """
      SELECT coalesce(min(e.before) FILTER (WHERE e.seq - e.before > 1), max(e.seq), \(from)::bigint) AS start
        FROM (SELECT seq, lag(seq, 1, \(from)::bigint) OVER (ORDER BY seq) AS before
                FROM platform.event WHERE seq > \(from) AND seq <= \(visible.upTo)) e
      """)
    return (try rows.first?.int64("start") ?? from, visible)
  }

  /// A condition: `l` of pg_locks is the lock that a writer of the log takes before its first number, and holds until
  /// its end.
  private static var locksLog: Query {
    """
    l.locktype = 'advisory' AND l.classid = 'platform.event_seq'::regclass AND l.objid = 0 AND l.objsubid = 2
           AND l.granted
           AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    """
  }

  /// The open transactions that have taken numbers of the log.
  static func writers(_ database: Database) async throws(PostgresError) -> LogWriters {
    let rows = try await database.rows(
      """
      SELECT l.virtualtransaction AS id, l.pid IS NULL AS is_prepared
        FROM pg_locks l
       WHERE \(locksLog)
      """)
    var (open, hasPrepared) = (Set<String>(), false)
    for row in rows {
      if try row.bool("is_prepared") { hasPrepared = true } else { open.insert(try row.string("id")) }
    }
    return LogWriters(open: open, hasPrepared: hasPrepared)
  }

  /// The transaction that has been writing to the log for the longest time; nil when there is none.
  static func oldestWriter(_ database: Database) async throws(PostgresError) -> LogBlocker? {
    let rows = try await database.rows(
      """
      SELECT coalesce(l.pid, 0)::bigint AS pid, coalesce(a.application_name, '') AS application,
             coalesce(a.usename::text, p.owner::text, '') AS role, coalesce(host(a.client_addr), '') AS address,
             coalesce(a.state, '') AS state, coalesce(p.gid, '') AS prepared,
             coalesce(a.xact_start, p.prepared)::text AS since
        FROM pg_locks l
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND l.virtualtransaction = '-1/' || p.transaction::text
       WHERE \(locksLog)
       ORDER BY coalesce(a.xact_start, p.prepared) NULLS LAST
       LIMIT 1
      """)
    return try rows.first.map(LogBlocker.init)
  }

  /// The events after `seq` and up to `last`, in order.
  static func page(after seq: Int64, upTo last: Int64, _ database: Database) async throws(PostgresError)
    -> [LoggedEvent]
  {
    try await events(pageQuery(after: seq, upTo: last), database)
  }

  static func pageQuery(after seq: Int64, upTo last: Int64) -> Query {
    """
    SELECT \(LoggedEvent.columns)
      FROM platform.events_after(\(seq), \(last), \(pageMax)) e
     ORDER BY e.seq
    """
  }

  /// The events of a topic that concern any of `subjects`, after `from` and up to `upTo`, in order.
  package static func page(
    of topic: String, concerning subjects: [ID], after from: Int64, upTo: Int64, _ database: Database
  ) async throws(PostgresError) -> [LoggedEvent] {
    try await events(pageQuery(of: topic, concerning: subjects, after: from, upTo: upTo), database)
  }

  static func pageQuery(of topic: String, concerning subjects: [ID], after from: Int64, upTo: Int64) -> Query {
    """
    SELECT \(LoggedEvent.columns)
      FROM platform.events_concerning(\(topic), \(subjects), \(from), \(upTo), \(pageMax)) e
     ORDER BY e.seq
    """
  }

  private static func events(_ query: Query, _ database: Database) async throws(PostgresError) -> [LoggedEvent] {
    var events: [LoggedEvent] = []
    for row in try await database.rows(query) { events.append(try LoggedEvent(row)) }
    return events
  }
}
