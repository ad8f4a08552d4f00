internal import Postgres

/// A job that this server has taken. Nobody else takes it before its lease expires.
struct TakenJob: Sendable {
  let id: ID
  let kind: String
  /// The number of the attempt, from 1. Only the newest attempt may end the job.
  let attempt: Int
  /// The failures before this attempt.
  let failures: Int
  let payload: String
  /// Whether an operator has cancelled it meanwhile.
  let isCancelled: Bool
  /// The error of the last attempt that ended.
  let lastError: String
  /// The time between its due time and its start, in microseconds.
  let delayMicroseconds: Int64
  /// When it was enqueued.
  let createdAt: Instant

  var hold: JobQueue.Hold { JobQueue.Hold(id: id, attempt: attempt) }
}

extension TakenJob {
  init(_ row: Row) throws(PostgresError) {
    self.init(
      id: try row.id("id"), kind: try row.string("kind"), attempt: Int(try row.int64("attempt")),
      failures: Int(try row.int64("failures")), payload: try row.string("payload"),
      isCancelled: try row.bool("is_cancelled"), lastError: try row.string("last_error"),
      delayMicroseconds: try row.int64("delay_us"), createdAt: try row.instant("created_at"))
  }
}
