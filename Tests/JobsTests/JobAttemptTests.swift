import EventLoop
import Eventually
import PlatformTesting
import Postgres
import Testing

@testable import Platform

/// Holds up the jobs of a test until it is opened, also when they are cancelled.
private final class JobGate: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func open() { continuation.finish() }

  func wait() async { await Task.detached { [stream] in for await _ in stream {} }.value }
}

extension JobTests {
  /// Attempts that overlap, that are completed, and that do not end.
  @Suite struct AttemptTests {
    private static func taken(_ count: Int, _ database: Database) async throws -> [TakenJob] {
      let jobs = try (0..<count).map { try NoteJob.job(.init(number: $0)) }
      try await database.transaction { _ = try await Jobs.enqueue(jobs, in: $0) }
      let taken = try await JobQueue(database: database).take([.init(count)], node: "a")
      try #require(taken.count == count)
      return taken
    }

    @Test func `an attempt whose job its own server has taken again changes nothing`() async throws {
      let gates = [JobGate(), JobGate()]
      let script = JobScript { _, before in
        await gates[min(before, 1)].wait()
        if before == 0 { throw JobFailure.never("the first attempt") }
      }
      let node = try await BackgroundServer(try await TestDatabase().url, ScriptedJob(script: script))
      try await node.enqueue(1)
      try await eventually { script.total == 1 }
      try await eventually {
        try await node.run { database in
          _ = try await database.execute("UPDATE jobs.job SET due_at = now() - interval '1 second' WHERE attempt = 1")
        }
        return script.total == 2
      }
      gates[0].open()
      try await eventually { await node.jobs.runningCount() == 1 }
      #expect(try await node.states() == ["running": 1])
      gates[1].open()
      try await node.expect(["done": 1])
      await node.stop()
    }

    @Test func `a cancelled job that does not end is held until its time limit`() async throws {
      let gate = JobGate()
      var kind = ScriptedJob(script: JobScript { _, _ in await gate.wait() })
      kind.policy.timeLimit = .seconds(2)
      kind.policy.lease = .seconds(2)
      let node = try await BackgroundServer(try await TestDatabase().url, kind)
      let ids = try await node.enqueue(1)
      try await node.expect(["running": 1])
      #expect(try await node.run { try await $0.cancelJobs(ids) } == 1)
      try await node.expect(["cancelled": 1])
      gate.open()
      await node.stop()
    }

    @Test func `a job that is being completed keeps no other one from renewing its lease`() async throws {
      try await TestDatabase().run { database in
        let queue = JobQueue(database: database)
        let taken = try await Self.taken(2, database)
        let held = taken.map { (hold: $0.hold, lease: Duration.seconds(600), progress: JobProgress()) }
        let (completed, other) = (taken[0].hold, taken[1].hold)
        let context = JobContext(taken[0], on: database.loop, leaseEnds: .latest)
        try await database.transaction { transaction in
          try await context.complete(in: transaction)
          let renewals = try await queue.renew(held)
          #expect(renewals[completed] == JobQueue.Renewal(isCancelled: false, isRenewed: false))
          #expect(renewals[other] == JobQueue.Renewal(isCancelled: false, isRenewed: true))
        }
        #expect(Set(try await queue.renew(held).keys) == [other])
      }
    }

    @Test func `a job that is not kept is deleted by its completion`() async throws {
      try await TestDatabase().run { database in
        let job = try await Self.taken(1, database)[0]
        let context = JobContext(job, on: database.loop, leaseEnds: .latest, isKeptWhenDone: false)
        try await database.transaction { try await context.complete(in: $0) }
        #expect(try await database.number("SELECT count(*) AS n FROM jobs.job") == 0 && context.isCompleted)
      }
    }
  }
}
