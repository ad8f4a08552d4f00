package import EventLoop
package import Postgres
internal import Synchronization

/// What a running job knows of itself.
///
/// A job runs at least once. An effect in the database happens exactly once when its transaction contains
/// ``complete(in:)``. An effect outside carries ``idempotencyKey``, which is the same for all attempts.
package final class JobContext: Sendable {
  private struct State {
    var progress = JobProgress()
    var isCompleted = false
    var end: JobResult?
    var leaseEnds: Instant
  }

  /// The id of the job.
  package let id: ID
  /// The kind of the job.
  package let kind: String
  /// The number of the attempt, from 1.
  package let attempt: Int
  /// The failures before this attempt.
  package let failures: Int
  /// When the job was enqueued.
  package let createdAt: Instant
  /// The loop that the job runs on.
  package let loop: EventLoop

  private let state: Mutex<State>
  private let isKeptWhenDone: Bool

  /// - Parameters:
  ///   - leaseEnds: when the lease expires at the earliest, by the steady clock.
  ///   - isKeptWhenDone: see ``JobPolicy/isKeptWhenDone``.
  init(_ job: TakenJob, on loop: EventLoop, leaseEnds: Instant, isKeptWhenDone: Bool = true) {
    state = Mutex(State(leaseEnds: leaseEnds))
    self.isKeptWhenDone = isKeptWhenDone
    id = job.id
    kind = job.kind
    attempt = job.attempt
    failures = job.failures
    createdAt = job.createdAt
    self.loop = loop
  }

  /// Identifies the job's effect to systems outside the database, so that a repeated attempt has no second effect.
  package var idempotencyKey: String { id.description }

  /// The connections of the loop.
  package var database: Database {
    get throws(PostgresError) {
      guard let database = loop.database else { throw .unavailable }
      return database
    }
  }

  /// Reports how far the job has come: stored with the next renewal of the lease.
  /// - Parameter thousandths: from 0 to 1,000.
  package func report(progress thousandths: Int, _ text: String = "") {
    state.withLock { $0.progress = JobProgress(thousandths, text) }
  }

  /// Runs `body` in a unit of work: committed when it returns, rolled back when it throws.
  package func work<R>(_ body: (Work) async throws -> R) async throws -> R {
    try await database.work(as: .system(kind, vault: loop.vault), body)
  }

  /// Completes the job inside the unit of work of its effect: both are committed, or neither. Call it once, as the last
  /// step of the work: it locks the job, whose lease is not renewed any more. Work that is tried again may call it
  /// again.
  /// - Throws: ``JobError/leaseLost(_:)`` when another server has taken the job meanwhile.
  package nonisolated(nonsending) func complete(in work: Work) async throws { try await complete(in: work.transaction) }

  nonisolated(nonsending) func complete(in transaction: Transaction) async throws {
    let done: Query =
      isKeptWhenDone
      ? "UPDATE jobs.job SET state = 'done', ended_at = clock_timestamp(), last_error = '', progress = 1000"
      : "DELETE FROM jobs.job"
    let ended = try await transaction.execute(
      "\(done) WHERE id = \(id) AND attempt = \(attempt) AND state = 'running'")
    guard ended == 1 else { throw JobError.leaseLost(id) }
    transaction.afterCommit { [self] in state.withLock { $0.isCompleted = true } }
  }

  /// Whether no other server can have taken the job: false after a pause of the process that was longer than the lease.
  package var holdsLease: Bool { state.withLock { $0.leaseEnds } > .steady }

  func renew(until leaseEnds: Instant) { state.withLock { $0.leaseEnds = max($0.leaseEnds, leaseEnds) } }

  /// How far it has come.
  var progress: JobProgress { state.withLock { $0.progress } }

  /// Whether ``complete(in:)`` was committed.
  var isCompleted: Bool { state.withLock { $0.isCompleted } }

  /// Why the worker has cancelled the task of the job; nil if it has not. The first reason stays.
  var end: JobResult? { state.withLock { $0.end } }

  func setEnd(_ end: JobResult) { state.withLock { $0.end = $0.end ?? end } }
}
