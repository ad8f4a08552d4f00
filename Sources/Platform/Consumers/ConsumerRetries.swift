internal import Logging
internal import Postgres

/// Tries a consumer's parked events again that an operator has chosen: see ``ParkedEvent``.
struct ConsumerRetries {
  private enum Outcome { case taken, done }

  let store: ConsumerStore
  let log: Logger

  /// Tries each of them once, in the order of the log. One that fails again stays parked.
  /// - Returns: how many are parked no more.
  func run(_ database: Database, as origin: WorkOrigin) async throws -> Int {
    var retried = 0
    while let seq = try await chosen(database) {
      do {
        guard try await retry(seq, database, as: origin) == .done else { return retried }
        retried += 1
        log.notice("a parked event is consumed", metadata: ["seq": "\(seq)"])
      } catch {
        if Task.isCancelled || ConsumerRunner.isOutage(error) { throw error }
        log.error("a parked event has failed again", metadata: ["seq": "\(seq)", "reason": "\(error)"])
        try await parkAgain(seq, "\(error)", database)
      }
    }
    return retried
  }

  /// One transaction: who has the lock on the consumer's row takes the event out, and has the consumer do its work.
  private func retry(_ seq: Int64, _ database: Database, as origin: WorkOrigin) async throws -> Outcome {
    try await database.work(as: origin) { work in
      guard try await store.claim(work.transaction) != nil else { return .taken }
      if let event = try await takeOut(seq, work) { try await store.consumer.body([event], work) }
      return .done
    }
  }

  /// The first one; nil when there is none.
  private func chosen(_ database: Database) async throws(PostgresError) -> Int64? {
    let rows = try await database.rows(
      """
      SELECT d.seq
        FROM platform.consumer_dead_letter d
       WHERE d.consumer = \(store.consumer.name) AND d.attempts = 0
       ORDER BY d.seq
       LIMIT 1
      """)
    return try rows.first.map { row throws(PostgresError) in try row.int64("seq") }
  }

  /// Nil when it is not there any more.
  private func takeOut(_ seq: Int64, _ work: Work) async throws(PostgresError) -> LoggedEvent? {
    let rows = try await work.rows(
      """
      DELETE FROM platform.consumer_dead_letter e
       WHERE e.consumer = \(store.consumer.name) AND e.seq = \(seq) AND e.attempts = 0
      RETURNING \(LoggedEvent.parkedColumns)
      """, access: .write)
    return try rows.first.map { row throws(PostgresError) in try LoggedEvent(row) }
  }

  private func parkAgain(_ seq: Int64, _ reason: String, _ database: Database) async throws(PostgresError) {
    try await database.execute(
      """
      UPDATE platform.consumer_dead_letter
         SET attempts = 1, at = clock_timestamp(),
             reason = \(reason.withoutControls(scalarsMax: ConsumerStore.reasonScalarsMax))
       WHERE consumer = \(store.consumer.name) AND seq = \(seq) AND attempts = 0
      """)
  }
}
