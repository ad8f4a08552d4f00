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

  func isOverdue(at now: Instant) -> Bool { now - startedAt > policy.timeLimit }

  /// Whether its lease is renewed: until its time limit, also when its code does not end.
  func isHeld(at now: Instant) -> Bool { (context.end == nil || context.end == .cancelled) && !isOverdue(at: now) }

  /// How soon after a renewal the next one is due.
  var renewInterval: Duration { min(JobKeeper.renewIntervalMax, policy.lease / JobKeeper.renewalsPerLease) }
}

/// Keeps what this server has taken: it stores the results in batches, renews leases, and ends jobs that are cancelled,
/// lost or too slow. One statement at a time, so that no two lock the same rows in different orders. Confined to its
/// loop.
final class JobKeeper {
  /// The interval between two looks at time limits.
  private static let tick: Duration = .milliseconds(500)
  /// Leases are renewed this often, and more often when a kind's lease is short.
  fileprivate static let renewIntervalMax: Duration = .seconds(5)
  /// A lease is renewed when this share of it has passed.
  fileprivate static let renewalsPerLease = 3
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
  /// A job is here twice when its lease expired and this server took it again before the first attempt has ended.
  private var running: [JobQueue.Hold: RunningJob] = [:]

  init(loop: EventLoop, log: Logger) {
    self.loop = loop
    self.log = log
    wakeUp = WakeUp(loop: loop)
  }

  /// Results that wait to be stored.
  var endedWaiting: Int { ended.count }

  /// The number of attempts that run.
  var runningCount: Int { running.count }

  /// Keeps an attempt until ``remove(_:)``. An older attempt at the same job has lost it.
  func add(_ job: RunningJob) {
    if job.hold.attempt > 1 {
      for older in running.values where older.hold.id == job.hold.id { end(older, .lost) }
    }
    running[job.hold] = job
    let due = Instant.steady + job.renewInterval
    if due < renewAt {
      renewAt = due
      wakeUp.call()
    }
  }

  /// An attempt has ended; nil when the server has stopped waiting for it.
  func remove(_ hold: JobQueue.Hold) -> RunningJob? { running.removeValue(forKey: hold) }

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

  /// Works until its task is cancelled. Calls `stored` with results that were stored.
  func run(_ stored: ([JobQueue.Ended]) -> Void) async {
    var storing = FailureReport("the results of jobs cannot be stored", to: log)
    var renewing = FailureReport("the leases of jobs cannot be renewed", to: log)
    while !Task.isCancelled {
      var hasFailed = false
      do {
        if !ended.isEmpty { stored(try await store()) }
        storing.succeeded()
      } catch {
        storing.failed(error)
        hasFailed = true
      }
      endOverdue()
      // Leases are renewed also while results cannot be stored.
      do {
        if Instant.steady >= renewAt { try await renew() }
        renewing.succeeded()
      } catch {
        renewing.failed(error)
        renewAt = .steady
        hasFailed = true
      }
      if hasFailed {
        try? await loop.sleep(for: Self.failurePause)
      } else if ended.isEmpty {
        await wakeUp.wait(atMost: max(.zero, min(Self.tick, renewAt - .steady)))
      }
    }
  }

  private func store() async throws(PostgresError) -> [JobQueue.Ended] {
    guard let database = loop.database else { throw .unavailable }
    let batch = Array(ended.prefix(Self.batchMax))
    ended.removeFirst(batch.count)
    isStoring = true
    defer { isStoring = false }
    do throws(PostgresError) {
      try await JobQueue(database: database).end(batch)
      return batch
    } catch {
      ended.insert(contentsOf: batch, at: 0)
      throw error
    }
  }

  private func renew() async throws(PostgresError) {
    let begin = Instant.steady
    renewAt = begin + (running.values.map(\.renewInterval).min() ?? Self.renewIntervalMax)
    let held = running.values.filter { $0.isHeld(at: begin) }
    if held.isEmpty { return }
    guard let database = loop.database else { throw .unavailable }
    let renewals = try await JobQueue(database: database).renew(
      held.map { ($0.hold, $0.policy.lease, $0.context.progress) })
    for job in held {
      guard let renewal = renewals[job.hold] else {
        if !job.context.isCompleted { end(job, .lost) }
        continue
      }
      if renewal.isRenewed { job.context.renew(until: begin + job.policy.lease) }
      if renewal.isCancelled { end(job, .cancelled) }
    }
  }

  private func endOverdue() {
    let now = Instant.steady
    for job in running.values where job.isOverdue(at: now) && job.context.end == nil {
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
    for job in running.values {
      add(JobQueue.Ended(hold: job.hold, kind: job.context.kind, outcome: outcome, isForgotten: false))
    }
    running = [:]
    if await !waitUntilIdle(within: Self.interruptionGrace) {
      log.warning("the results of jobs were not stored", metadata: ["count": .stringConvertible(ended.count)])
    }
  }
}
