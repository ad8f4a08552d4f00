internal import EventLoop
internal import Logging
package import Postgres

/// The recurring work on the tables that all modules share.
package enum Upkeep {
  /// What a server does before it serves: the tables need partitions for today, and deletion by age needs its clock.
  package static func prepare(_ database: Database) async throws(PostgresError) {
    try await makePartitions(database)
    try await advanceRetention(database)
  }

  /// Makes the partitions that the present and the next days need.
  /// One table that is locked, for instance, holds up no other.
  /// - Returns: the number of partitioned tables.
  /// - Throws: the first error, after all tables.
  @discardableResult
  package static func makePartitions(_ database: Database) async throws(PostgresError) -> Int {
    var failure: PostgresError?
    let tables = try await database.rows("SELECT t.name FROM platform.partitioned_table t ORDER BY t.name")
    for table in tables {
      let name = try table.string("name")
      do throws(PostgresError) {
        try await database.execute(
          """
          SELECT platform.make_partitions(t.name::regclass, t.unit, t.ahead)
            FROM platform.partitioned_table t
           WHERE t.name = \(name)
          """)
      } catch {
        Logger(label: "fastshop.upkeep").error(
          "the partitions of a table could not be made", metadata: ["table": "\(name)", "reason": "\(error)"])
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return tables.count
  }

  /// Moves the clock of retention, by a day at most, so that a wrong clock of the database deletes little.
  private static func advanceRetention(_ database: Database) async throws(PostgresError) {
    try await database.execute("SELECT platform.advance_retention()")
  }

  /// Deletes a range of old events, or a batch of them.
  /// - Returns: the number of events; of a range, ``Chore/batchRowsMax``.
  private static func dropOldEvents(_ database: Database) async throws(PostgresError) -> Int {
    let rows = try await database.rows(
      "SELECT platform.drop_old_events(\(Query.kept("interval '35 days'")))::bigint AS deleted", access: .write)
    return Int(try rows.first?.int64("deleted") ?? 0)
  }

  /// Events are kept for 35 days, requests for 24 hours, ended jobs as ``JobRetention`` says, by the clock of
  /// retention; audited actions as ``AuditRetention`` says.
  package static let chores: [Chore] = [
    Chore("upkeep.partitions", "5 * * * *") { database in
      try await makePartitions(database)
    },
    Chore("upkeep.retention", "10 * * * *") { database in
      try await advanceRetention(database)
      return 1
    },
    Chore("upkeep.events", "15 */6 * * *") { database in
      try await dropOldEvents(database)
    },
    Chore("upkeep.requests", "20 * * * *") { database in
      try await database.execute(
        .deletingBatch(of: "platform.request", where: "at < platform.retention_time() - interval '24 hours'"))
    },
    Chore("upkeep.audit", "25 */6 * * *") { database in
      guard let vault = database.loop.vault else { return 0 }
      return try await AuditRetention(vault.auditKeys, now: .nowAtMost).run(database)
    },
    Chore("upkeep.jobs", "30 * * * *") { try await JobRetention.deleteBatch($0) },
  ]
}

extension Query {
  /// An interval: so long is kept what grows old by the clock of retention, for a function that counts from `now()`.
  package static func kept(_ interval: Query) -> Query { "\(interval) + (now() - platform.retention_time())" }

  /// Deletes a batch of the rows of a table that are old, for a ``Chore``. A locked row is left to the next run:
  /// waiting for it with other rows locked could deadlock. The table has no partitions, and an index for the condition,
  /// which may call the table's row `old`.
  package static func deletingBatch(of table: Query, where isOld: Query) -> Query {
    """
    DELETE FROM \(table)
     WHERE ctid = ANY (ARRAY(SELECT old.ctid FROM \(table) old WHERE \(isOld) LIMIT \(Chore.batchRowsMax)
                                FOR UPDATE SKIP LOCKED))
    """
  }
}
