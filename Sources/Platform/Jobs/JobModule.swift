package import EventLoop
internal import Logging
package import Metrics
package import Postgres

/// Runs the jobs of the queue while the server runs, and enqueues those of the schedules. Every server does; none runs
/// a job that another one has taken.
package final class JobModule: Sendable {
  /// The interval between two counts of the queue, for the metrics.
  private static let countInterval: Duration = .seconds(15)

  private let group: EventLoopGroup
  private let configuration: DatabaseConfiguration
  private let kinds: [RegisteredJobKind]
  private let wakeUp: JobWakeUp
  private let worker: LoopBound<JobWorker>
  private let gauge: LoopBound<JobDepthGauge>
  private let scheduler: JobScheduler
  private let taking: LoopTask
  private let keeping: LoopTask
  private let scheduling: LoopTask
  private let counting: LoopTask

  private var loop: EventLoop { group.loops[0] }

  /// A module for the servers of `group`, each of which must be connected to the database of `configuration`.
  /// - Parameters:
  ///   - kinds: the kinds of jobs that the program can run, each with its own name and a lease of at least
  ///     ``JobPolicy/leaseMin``.
  ///   - schedules: the schedules that enqueue jobs.
  ///   - chores: recurring work on the database; each is a kind of job with a schedule.
  ///   - node: the name of this server.
  package init(
    group: EventLoopGroup, configuration: DatabaseConfiguration, kinds: [any JobKind], schedules: [JobSchedule] = [],
    chores: [Chore] = [], node: String = ""
  ) {
    let loop = group.loops[0]
    self.group = group
    self.configuration = configuration
    self.kinds = kinds.map { RegisteredJobKind($0) } + chores.map(\.registered)
    precondition(Set(self.kinds.map(\.name)).count == self.kinds.count, "two kinds of jobs have the same name")
    precondition(self.kinds.allSatisfy { $0.policy.lease >= JobPolicy.leaseMin }, "a kind's lease is too short")
    wakeUp = JobWakeUp(loop: loop)
    worker = LoopBound(
      JobWorker(loops: group.loops, kinds: self.kinds, node: node, wakeUp: wakeUp), on: loop)
    gauge = LoopBound(JobDepthGauge(), on: loop)
    scheduler = JobScheduler(schedules + chores.map(\.schedule))
    taking = LoopTask(on: loop)
    keeping = LoopTask(on: loop)
    scheduling = LoopTask(on: loop)
    counting = LoopTask(on: loop)
  }

  /// Reports to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    let metrics = JobMetrics(registry, kinds: kinds.map(\.name), depth: gauge)
    loop.execute { [worker] in worker.value.metrics = metrics }
  }

  /// Starts running jobs.
  package func start() {
    for loop in group.loops { loop.onLoop { [wakeUp] in loop.jobWakeUp = wakeUp } }
    keeping.start { [worker] in await worker.value.keep() }
    taking.start { [self] in
      let listener = listen()
      defer { listener?.close() }
      await worker.value.take()
    }
    scheduling.start { [scheduler, loop] in await scheduler.run(on: loop) }
    counting.start { [self] in await count() }
  }

  /// Takes no jobs any more. Jobs that run may end within `grace`; the others are cancelled and given back, so that
  /// another server takes them at once.
  package func stop(grace: Duration) async {
    await counting.stop()
    await scheduling.stop()
    loop.execute { [worker] in worker.value.stopTaking() }
    await taking.stop(within: grace)
    await Task(executorPreference: loop) { [worker] in await worker.value.drain(within: grace) }.value
    await keeping.stop()
  }

  /// The number of jobs that run on this server now.
  package func runningCount() async -> Int {
    await Task(executorPreference: loop) { [worker] in worker.value.runningCount }.value
  }

  private func listen() -> NotificationListener? {
    do {
      return try NotificationListener(
        loop: loop, configuration: configuration, channel: NotificationChannel.jobs.name,
        onConnect: { [wakeUp] in wakeUp.call() }, onNotification: { [wakeUp] in wakeUp.notified($0) })
    } catch {
      Logger(label: "fastshop.jobs").error("jobs of other servers are taken late", metadata: ["reason": "\(error)"])
      return nil
    }
  }

  private func count() async {
    var failures = FailureReport("the job queue cannot be counted", to: Logger(label: "fastshop.jobs"))
    while !Task.isCancelled {
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        gauge.value.depths = try await JobQueue(database: database).depths(kinds.map(\.name))
        failures.succeeded()
      } catch {
        gauge.value.depths = []  // an old count would look like a new one
        failures.failed(error)
      }
      try? await loop.sleep(for: Self.countInterval)
    }
  }
}
