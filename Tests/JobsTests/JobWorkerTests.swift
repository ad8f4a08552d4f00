import EventLoop
import Eventually
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Platform

extension Database {
  /// Cancels jobs as an operator does.
  func cancelJobs(_ ids: [ID]) async throws -> Int {
    try await work(as: .command("test", vault: nil)) { work in try await JobAdministration.cancel(ids, in: work) }
  }
}

/// What the jobs of a test do.
final class JobScript: Sendable {
  private let runs = Mutex<[ID: Int]>([:])
  let body: @Sendable (JobContext, Int) async throws -> Void

  /// `body` gets the context, and how often the job has run before.
  init(_ body: @escaping @Sendable (JobContext, Int) async throws -> Void) { self.body = body }

  /// The number of runs of all jobs.
  var total: Int { runs.withLock { $0.values.reduce(0, +) } }

  func run(_ context: JobContext) async throws {
    let before = runs.withLock { runs in
      defer { runs[context.id, default: 0] += 1 }
      return runs[context.id] ?? 0
    }
    try await body(context, before)
  }
}

/// A job of a test.
struct ScriptedJob: JobKind {
  struct Payload: Codable, Sendable {}

  static let name = "test.scripted"

  let script: JobScript
  var policy = JobPolicy { $0.backoff = JobBackoff(first: .milliseconds(1), longest: .milliseconds(2), failuresMax: 3) }

  func run(_ payload: Payload, _ context: JobContext) async throws { try await script.run(context) }
}

/// A server that runs the jobs of a test.
extension BackgroundServer {
  convenience init(_ url: String, _ kind: ScriptedJob) async throws { try await self.init(url, jobs: [kind]) }

  @discardableResult
  func enqueue(_ count: Int) async throws -> [ID] {
    try await run { database in
      let jobs = try (0..<count).map { _ in try ScriptedJob.job(.init()) }
      try await database.transaction { _ = try await Jobs.enqueue(jobs, in: $0) }
      return jobs.map(\.id)
    }
  }

  /// The numbers of jobs by state.
  func states() async throws -> [String: Int] {
    try await run { database in
      let rows = try await database.rows("SELECT state, count(*) AS n FROM jobs.job GROUP BY state")
      return try rows.reduce(into: [:]) { $0[try $1.string("state")] = Int(try $1.int64("n")) }
    }
  }

  /// Waits until the jobs have these states.
  func expect(_ states: [String: Int], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    do {
      try await eventually { try await self.states() == states }
    } catch is NeverHappened {
      Issue.record("\(try await self.states()) instead of \(states)", sourceLocation: sourceLocation)
    }
  }
}

extension JobTests {
  @Suite struct WorkerTests {
    /// Sleeps until it is cancelled.
    private static let endless = JobScript { context, _ in try await context.loop.sleep(for: .seconds(600)) }

    @Test func `two servers run each job once`() async throws {
      let script = JobScript { context, _ in
        try await context.database.transaction { transaction in
          try await transaction.execute("INSERT INTO public.effect (id) VALUES (\(context.id))")
          try await context.complete(in: transaction)
        }
      }
      let store = try await TestDatabase()
      try await store.run { _ = try await $0.execute("CREATE TABLE public.effect (id uuid)") }
      let nodes = [
        try await BackgroundServer(store.url, ScriptedJob(script: script)),
        try await BackgroundServer(store.url, ScriptedJob(script: script)),
      ]
      for node in nodes { try await node.enqueue(200) }
      try await nodes[0].expect(["done": 400])
      let effects = try await nodes[0].run { database in
        try await database.number("SELECT count(DISTINCT id) * 1000 + count(*) AS n FROM public.effect")
      }
      #expect(effects == 400_400 && script.total == 400)
      for node in nodes { await node.stop() }
    }

    @Test func `a job that fails is tried again, and then given up`() async throws {
      let script = JobScript { _, before in
        if before < 2 { throw JobFailure.later("not yet") }
      }
      let node = try await BackgroundServer(try await TestDatabase().url, ScriptedJob(script: script))
      try await node.enqueue(2)
      try await node.expect(["done": 2])
      #expect(script.total == 6)
      await node.stop()
      let hopeless = JobScript { _, _ in throw JobFailure.later("never") }
      let other = try await BackgroundServer(try await TestDatabase().url, ScriptedJob(script: hopeless))
      let ids = try await other.enqueue(1)
      try await other.expect(["dead": 1])
      #expect(hopeless.total == 3)
      let entry = try await other.run { try await JobAdministration.job(ids[0], $0) }
      #expect(entry?.lastError == "never" && entry?.failures == 3)
      let retried = try await other.run { database in
        try await database.work(as: .command("test", vault: nil)) { work in
          try await JobAdministration.retry(.dead(kind: ScriptedJob.name), in: work)
        }
      }
      #expect(retried == 1)
      try await eventually { hopeless.total == 6 }
      await other.stop()
    }

    @Test func `waiting and running jobs are cancelled`() async throws {
      var kind = ScriptedJob(script: Self.endless)
      kind.policy.concurrency = 2
      let node = try await BackgroundServer(try await TestDatabase().url, kind)
      let ids = try await node.enqueue(3)
      try await node.expect(["running": 2, "waiting": 1])
      #expect(try await node.run { try await $0.cancelJobs(ids) } == 3)
      try await node.expect(["cancelled": 3])
      #expect(try await node.run { try await $0.cancelJobs(ids) } == 0)
      await node.stop()
    }

    @Test func `a job that takes too long has failed`() async throws {
      var kind = ScriptedJob(script: Self.endless)
      kind.policy.timeLimit = .milliseconds(20)
      kind.policy.backoff.failuresMax = 1
      let node = try await BackgroundServer(try await TestDatabase().url, kind)
      let id = try await node.enqueue(1)[0]
      try await node.expect(["dead": 1])
      let reason = try await node.run { try await JobAdministration.job(id, $0) }?.lastError ?? ""
      #expect(reason.hasPrefix("it took longer than"))
      await node.stop()
    }

    @Test func `leases are renewed, and progress is stored, while a job runs`() async throws {
      let script = JobScript { context, _ in
        context.report(progress: 420, "sorting")
        try await context.loop.sleep(for: .seconds(600))
      }
      var kind = ScriptedJob(script: script)
      // Shorter than the usual interval of renewals: the first one is due a second after the start.
      kind.policy.lease = .seconds(3)
      let url = try await TestDatabase().url
      let node = try await BackgroundServer(url, kind)
      let id = try await node.enqueue(1)[0]
      try await eventually {
        let entry = try await node.run { try await JobAdministration.job(id, $0) }
        return entry?.progress == 420 && entry?.progressText == "sorting"
      }
      let other = try await BackgroundServer(url, kind)
      let first = try await node.run { database in
        try await database.number("SELECT (extract(epoch FROM due_at) * 1000)::bigint AS n FROM jobs.job")
      }
      try await eventually {
        try await node.run { database in
          try await database.number("SELECT (extract(epoch FROM due_at) * 1000)::bigint AS n FROM jobs.job")
            > first + 7_000
        }
      }
      #expect(script.total == 1, "the other server has not taken it")
      await node.stop(grace: .zero)
      await other.stop(grace: .zero)
    }

    @Test func `a stop waits for jobs, and gives back those that take too long`() async throws {
      let url = try await TestDatabase().url
      let quick = JobScript { context, _ in try await context.loop.sleep(for: .milliseconds(300)) }
      let node = try await BackgroundServer(url, ScriptedJob(script: quick))
      try await node.enqueue(5)
      try await eventually { quick.total == 5 }
      await node.stop()
      let slow = try await BackgroundServer(url, ScriptedJob(script: Self.endless))
      try await slow.expect(["done": 5])
      let id = try await slow.enqueue(1)[0]
      try await slow.expect(["done": 5, "running": 1])
      await slow.stop(grace: .zero)
      let heir = try await BackgroundServer(url, ScriptedJob(script: JobScript { _, _ in }))
      try await heir.expect(["done": 6])
      let entry = try await heir.run { try await JobAdministration.job(id, $0) }
      #expect(entry?.attempt == 2 && entry?.failures == 0)
      await heir.stop()
    }

    /// So many jobs that servers which only look once a second do not come to their end.
    @Test func `a limit over all servers is not exceeded, and is used`() async throws {
      let most = Mutex((now: 0, ever: 0))
      let script = JobScript { context, _ in
        most.withLock { $0 = ($0.now + 1, max($0.ever, $0.now + 1)) }
        try await context.loop.sleep(for: .milliseconds(1))
        most.withLock { $0.now -= 1 }
      }
      let kind = ScriptedJob(
        script: script,
        policy: JobPolicy {
          $0.concurrencyOfAll = 2
          $0.concurrency = 2
        })
      let url = try await TestDatabase().url
      let nodes = [try await BackgroundServer(url, kind), try await BackgroundServer(url, kind)]
      try await nodes[0].enqueue(300)
      try await nodes[0].expect(["done": 300])
      #expect(most.withLock { $0.ever } <= 2)
      for node in nodes { await node.stop() }
    }
  }

  @Suite struct SchedulerTests {
    private static func schedule(_ cron: String = "0 * * * *") throws -> JobSchedule {
      try JobSchedule("hourly", cron, in: try #require(CronZone("Europe/Berlin")), NoteJob.self) { _ in .init() }
    }

    private static func count(_ database: Database) async throws -> Int64 {
      try await database.number("SELECT count(*) AS n FROM jobs.job")
    }

    private static let hour = Instant(seconds: 1_800_000_000 / 3_600 * 3_600) ?? .earliest

    @Test func `over all servers, a time runs once`() async throws {
      let store = try await TestDatabase()
      let scheduler = JobScheduler([try Self.schedule()])
      try await store.run { _ = try await scheduler.tick($0, now: Self.hour + .seconds(60)) }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for _ in 0..<4 {
          tasks.addTask {
            try await store.run { database in
              for _ in 0..<10 { _ = try await scheduler.tick(database, now: Self.hour + .seconds(3_600)) }
            }
          }
        }
        try await tasks.waitForAll()
      }
      try await store.run { database in
        #expect(try await Self.count(database) == 1)
        let next = try await database.rows("SELECT next_at FROM jobs.schedule").first?.instant("next_at")
        #expect(next == Self.hour + .seconds(7_200))
      }
    }

    @Test func `after an outage, the missed times run once`() async throws {
      try await TestDatabase().run { database in
        let scheduler = JobScheduler([try Self.schedule()])
        let first = try await scheduler.tick(database, now: Self.hour + .seconds(1))
        #expect(first > Self.hour + .seconds(1) && first <= Self.hour + .seconds(11))
        #expect(try await Self.count(database) == 0)
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(50 * 3_600 + 5))
        #expect(try await Self.count(database) == 1)
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(50 * 3_600 + 6))
        #expect(try await Self.count(database) == 1)
        // Its job has not run yet: the next time adds none.
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(51 * 3_600))
        #expect(try await Self.count(database) == 1)
        try await database.execute("UPDATE jobs.job SET state = 'done', ended_at = now()")
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(52 * 3_600))
        #expect(try await Self.count(database) == 2)
      }
    }

    @Test func `other times of a schedule apply at once`() async throws {
      try await TestDatabase().run { database in
        _ = try await JobScheduler([try Self.schedule()]).tick(database, now: Self.hour)
        let changed = JobScheduler([try Self.schedule("30 * * * *")])
        _ = try await changed.tick(database, now: Self.hour + .seconds(60))
        #expect(
          try await database.rows("SELECT next_at FROM jobs.schedule").first?.instant("next_at")
            == Self.hour + .seconds(1_800))
      }
    }

    @Test func `a clock that was ahead and is set back loses no time of a schedule`() async throws {
      try await TestDatabase().run { database in
        let scheduler = JobScheduler([try Self.schedule()])
        _ = try await scheduler.tick(database, now: Self.hour)
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(40 * 86_400))
        try await database.execute("UPDATE jobs.job SET state = 'done', ended_at = now()")
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(60))
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(3_600))
        #expect(try await Self.count(database) == 2)
      }
    }

    @Test func `a server whose clock is a little behind does not run a time again`() async throws {
      try await TestDatabase().run { database in
        let scheduler = JobScheduler([try Self.schedule()])
        _ = try await scheduler.tick(database, now: Self.hour)
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(3_600))
        try await database.execute("UPDATE jobs.job SET state = 'done', ended_at = now()")
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(3_599))
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(3_601))
        #expect(try await Self.count(database) == 1)
      }
    }

    @Test func `a schedule that fails holds up no other one`() async throws {
      try await TestDatabase().run { database in
        let broken = JobSchedule(name: "broken", times: try Self.schedule().times) { _ throws(JobError) in
          throw .payloadNotEncodable(kind: "test.note")
        }
        let scheduler = JobScheduler([broken, try Self.schedule()])
        _ = try await scheduler.tick(database, now: Self.hour)
        _ = try await scheduler.tick(database, now: Self.hour + .seconds(3_600))
        #expect(try await Self.count(database) == 1)
      }
    }
  }
}
