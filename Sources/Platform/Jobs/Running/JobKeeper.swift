internal import EventLoop
internal import Logging
internal import Postgres

/// A job that runs on this server.
struct RunningJob {
  let hold: JobQueue.Hold
  let context: JobContext
  let policy: JobPolicy
  let task: Task<Void, Never>
  /// By the steady clock.
  let startedAt: Instant
}

/// Keeps what this server has taken: it stores the results in batches, renews leases, and ends jobs that are cancelled,
/// lost or too slow. One statement at a time, so that no two lock the same rows in different orders. Confined to its
/// loop.
final class JobKeeper {
  /// The interval between two looks at time limits.
  private static let tick: Duration = .milliseconds(500)
  /// Leases are renewed this often, and earlier when a kind's lease is short.
  private static let renewInterval: Duration = .seconds(5)
  /// A lease is renewed when this share of it has passed.
  private static let renewalsPerLease = 3
  /// The pause after a failure of the database.
  private static let failurePause: Duration = .milliseconds(500)
  /// Results that one statement stores.
  private static let batchMax = 1_000
  /// The time that cancelled jobs have to end when the server stops.
  private static let interruptionGrace: Duration = .seconds(2)

  private let loop: EventLoop
  private let log: Logger
  private let wakeUp: WakeUp
  private var ended: [JobQueue.Ended] = []
  private var isStoring = false
  private var renewAt = Instant.steady
  var running: [ID: RunningJob] = [:]

  init(loop: EventLoop, log: Logger) {
    self.loop = loop
    self.log = log
    wakeUp = WakeUp(loop: loop)
  }

  /// Results that wait to be stored.
  var endedWaiting: Int { ended.count }

  /// Stores a result soon.
  func add(_ result: JobQueue.Ended) {
    ended.append(result)
    if !isStoring { wakeUp.call() }
  }

  /// Renews the leases at once, and so learns of cancelled jobs.
  func renewSoon() {
    renewAt = .steady
    wakeUp.call()
  }

  /// Works until its task is cancelled. Calls `stored` whenever results were stored.
  func run(_ stored: () -> Void) async {
    var failures = FailureReport("the results of jobs cannot be stored", to: log)
    while !Task.isCancelled {
      do {
        if !ended.isEmpty {
          try await store()
          stored()
        }
        endOverdue()
        if Instant.steady >= renewAt { try await renew() }
        failures.succeeded()
      } catch {
        failures.failed(error)
        try? await loop.sleep(for: Self.failurePause)
      }
      if ended.isEmpty { await wakeUp.wait(atMost: Self.tick) }
    }
  }

  private func store() async throws(PostgresError) {
    guard let database = loop.database else { throw .unavailable }
    let batch = Array(ended.prefix(Self.batchMax))
    ended.removeFirst(batch.count)
    isStoring = true
    defer { isStoring = false }
    do throws(PostgresError) {
      try await JobQueue(database: database).end(batch)
    } catch {
      ended.insert(contentsOf: batch, at: 0)
      throw error
    }
  }

  private func renew() async throws(PostgresError) {
    let shortest = running.values.map(\.policy.lease).min() ?? Self.renewInterval
    renewAt = .steady + min(Self.renewInterval, shortest / Self.renewalsPerLease)
    // A job past its time limit is not held any more, even when its code does not end.
    let held = running.values.filter { $0.context.end == nil || $0.context.end == .cancelled }
    if held.isEmpty { return }
    guard let database = loop.database else { throw .unavailable }
    let begin = Instant.steady
    let states = try await JobQueue(database: database).renew(
      held.map { ($0.hold, $0.policy.lease, $0.context.progress) })
    for job in held {
      switch states[job.hold.id] {
      case nil where job.context.isCompleted: break
      case nil: end(job, .lost)
      case true?: end(job, .cancelled)
      case false?: job.context.renew(until: begin + job.policy.lease)
      }
    }
  }

  private func endOverdue() {
    let now = Instant.steady
    for job in running.values where now - job.startedAt > job.policy.timeLimit && job.context.end == nil {
      end(job, .failed("it took longer than \(job.policy.timeLimit)"))
    }
  }

  private func end(_ job: RunningJob, _ result: JobResult) {
    job.context.setEnd(result)
    job.task.cancel()
  }

  // MARK: Stopping

  /// Returns whether no job runs and all results are stored, after `limit` at most.
  func waitUntilIdle(within limit: Duration) async -> Bool {
    let end = Instant.steady + limit
    while !running.isEmpty || !ended.isEmpty || isStoring {
      if Instant.steady >= end { return false }
      try? await loop.sleep(for: .milliseconds(5))
    }
    return true
  }

  /// Cancels the jobs that run, and gives back those that do not end soon.
  func interruptAll() async {
    for job in running.values { end(job, .interrupted) }
    if await waitUntilIdle(within: Self.interruptionGrace) { return }
    let outcome = JobOutcome(.interrupted, failures: 0, backoff: JobBackoff(), chance: 0)
    for job in running.values { add(JobQueue.Ended(hold: job.hold, outcome: outcome, isForgotten: false)) }
    running = [:]
    if await !waitUntilIdle(within: Self.interruptionGrace) {
      log.warning("the results of jobs were not stored", metadata: ["count": .stringConvertible(ended.count)])
    }
  }
}
