internal import EventLoop
internal import Logging
internal import Postgres

/// Takes due jobs, runs them on the loops of the process, and stores what came of them. Confined to its loop.
///
/// It looks for jobs of a kind when this process has enqueued some, when another one has sent NOTIFY, while it finds as
/// many as it has room for, and every second in any case.
final class JobWorker {
  /// The interval between two looks at all kinds.
  private static let pollInterval: Duration = .seconds(1)
  /// The pause after a failure of the database.
  private static let failurePause: Duration = .seconds(1)
  /// No jobs are taken while so many results wait to be stored.
  private static let endedWaitingMax = 5_000
  /// Jobs that one statement takes.
  private static let takenMax = 500
  /// Other servers are told of jobs at least this far apart.
  private static let announcementInterval: Duration = .milliseconds(10)

  private let loops: [EventLoop]
  private let kinds: [String: RegisteredJobKind]
  private let node: String
  let wakeUp: JobWakeUp
  private let keeper: JobKeeper
  private let announcer: Announcer
  private let log = Logger(label: "fastshop.jobs")
  private var slotsUsed: [String: Int] = [:]
  /// Kinds of which jobs may be due.
  private var wanted: Set<String>
  private var nextLoop = 0
  /// Set to stop: no job is taken any more.
  private(set) var isStopping = false
  var metrics: JobMetrics?

  private var loop: EventLoop { loops[0] }

  init(loops: [EventLoop], kinds: [RegisteredJobKind], node: String, wakeUp: JobWakeUp) {
    self.loops = loops
    self.kinds = Dictionary(kinds.map { ($0.name, $0) }) { first, _ in first }
    self.node = node
    self.wakeUp = wakeUp
    wanted = Set(self.kinds.keys)
    keeper = JobKeeper(loop: loops[0], log: log)
    announcer = Announcer(.jobs, interval: Self.announcementInterval, loop: loops[0])
  }

  /// The number of jobs that run now.
  var runningCount: Int { keeper.runningCount }

  // MARK: Taking

  /// Takes jobs until it is stopped.
  func take() async {
    var pollAt = Instant.steady
    var failures = FailureReport("the job queue cannot be read", to: log)
    while !isStopping && !Task.isCancelled {
      if Instant.steady >= pollAt {
        wanted = Set(kinds.keys)
        pollAt = .steady + Self.pollInterval
      }
      let demands = keeper.endedWaiting < Self.endedWaitingMax ? self.demands() : []
      if !demands.isEmpty {
        do {
          for demand in demands { try await take(demand) }
          failures.succeeded()
          continue
        } catch {
          metrics?.countFailure(on: loop)
          failures.failed(error)
          try? await loop.sleep(for: Self.failurePause)
        }
      }
      let calls = await wakeUp.wait(atMost: max(pollAt - .steady, .milliseconds(1)))
      wanted.formUnion(calls.all.intersection(kinds.keys))
      if calls.isRenewal { keeper.renewSoon() }
      // Other servers have room where this one has none.
      let full = calls.local.filter { free($0) <= 0 }
      if !full.isEmpty { announcer.announce(full) }
    }
  }

  private func free(_ kind: String) -> Int {
    (kinds[kind]?.policy.concurrency ?? 0) - (slotsUsed[kind] ?? 0)
  }

  /// What one statement takes: all kinds without a limit over all servers together, each of the others alone.
  private func demands() -> [[JobQueue.Demand]] {
    var shared: [JobQueue.Demand] = []
    var single: [[JobQueue.Demand]] = []
    for name in wanted {
      guard let kind = kinds[name], case let slots = min(free(name), Self.takenMax), slots > 0 else { continue }
      let demand = JobQueue.Demand(kind: name, slots: slots, lease: kind.policy.lease)
      if kind.policy.concurrencyOfAll == nil { shared.append(demand) } else { single.append([demand]) }
    }
    return shared.isEmpty ? single : [shared] + single
  }

  private func take(_ demands: [JobQueue.Demand]) async throws {
    guard let database = loop.database else { throw PostgresError.unavailable }
    // Kinds that are named while the statement runs stay wanted.
    for demand in demands { wanted.remove(demand.kind) }
    let queue = JobQueue(database: database)
    let begin = Instant.steady
    let jobs: [TakenJob]
    do {
      if let most = kinds[demands[0].kind]?.policy.concurrencyOfAll {
        jobs = try await queue.take(demands[0], ofAtMost: most, node: node)
      } else {
        jobs = try await queue.take(demands, node: node)
      }
    } catch {
      wanted.formUnion(demands.map(\.kind))
      throw error
    }
    var taken: [String: Int] = [:]
    for job in jobs {
      taken[job.kind, default: 0] += 1
      start(job, takenAt: begin)
    }
    for demand in demands where taken[demand.kind, default: 0] >= demand.slots { wanted.insert(demand.kind) }
  }

  // MARK: Running

  private func start(_ job: TakenJob, takenAt begin: Instant) {
    guard let kind = kinds[job.kind] else { return }
    slotsUsed[job.kind, default: 0] += 1
    let target = loops[nextLoop]
    nextLoop = (nextLoop + 1) % loops.count
    let context = JobContext(
      job, on: target, leaseEnds: begin + kind.policy.lease, isKeptWhenDone: kind.policy.isKeptWhenDone)
    let worker = LoopBound(self, on: loop)
    let home = loop
    let task = Task(executorPreference: target) {
      let result = await kind.run(job, context)
      home.execute { worker.value.ended(job, kind, context, result) }
    }
    keeper.add(
      RunningJob(hold: job.hold, context: context, policy: kind.policy, task: task, startedAt: .steady))
    metrics?.countStart(job, on: loop)
  }

  private func ended(_ job: TakenJob, _ kind: RegisteredJobKind, _ context: JobContext, _ result: JobResult) {
    slotsUsed[job.kind, default: 1] -= 1
    if wanted.contains(job.kind) { wakeUp.call() }
    guard let running = keeper.remove(job.hold) else { return }
    let outcome = JobOutcome(
      result, failures: job.failures, backoff: kind.policy.backoff, chance: .random(in: 0...1))
    metrics?.countEnd(job, outcome, after: .steady - running.startedAt, on: loop)
    tell(job, result, outcome)
    if context.isCompleted || result == .lost { return takeNext([job.kind]) }
    keeper.add(
      JobQueue.Ended(
        hold: job.hold, kind: job.kind, outcome: outcome, isForgotten: !kind.policy.isKeptWhenDone))
  }

  /// Log lines hold the id and the reason of a failure, and no payload.
  private func tell(_ job: TakenJob, _ result: JobResult, _ outcome: JobOutcome) {
    func metadata() -> Logger.Metadata {
      [
        "job": "\(job.id)", "kind": "\(job.kind)", "attempt": .stringConvertible(job.attempt),
        "reason": "\(outcome.reason)",
      ]
    }
    switch result {
    case .succeeded: log.debug("a job is done", metadata: ["job": "\(job.id)", "kind": "\(job.kind)"])
    case .lost: log.warning("a job was taken over, because its lease had expired", metadata: metadata())
    case .cancelled: log.notice("a job was cancelled", metadata: metadata())
    case .interrupted: log.info("a job was given back", metadata: metadata())
    case .failed, .hopeless:
      if outcome.state == .dead {
        log.error("a job was given up", metadata: metadata())
      } else {
        log.warning("a job will be retried", metadata: metadata().merging(["pause": "\(outcome.pause)"]) { $1 })
      }
    }
  }

  // MARK: Keeping and stopping

  /// Stores results and renews leases until it is cancelled.
  func keep() async { await keeper.run { [self] ended in takeNext(Set(ended.map(\.kind))) } }

  /// Jobs of these kinds have ended in the database. Where there is a limit over all servers, others may be taken now.
  private func takeNext(_ ended: Set<String>) {
    wanted.formUnion(ended.filter { kinds[$0]?.policy.concurrencyOfAll != nil })
    wakeUp.call()
  }

  /// Takes no job any more.
  func stopTaking() {
    isStopping = true
    wakeUp.call()
  }

  /// Waits until no job runs, `grace` at most; then cancels the rest and gives them back.
  func drain(within grace: Duration) async {
    if await keeper.waitUntilIdle(within: grace) { return }
    await keeper.interruptAll()
  }
}
