import EventLoop
import PlatformTesting
import Postgres
import Testing

@testable import Platform

/// Everything that needs a database.
@Suite(.serialized) struct JobTests {}

/// A job that records its number.
struct NoteJob: JobKind {
  struct Payload: Codable, Sendable {
    var number = 0
  }

  static let name = "test.note"

  func run(_ payload: Payload, _ context: JobContext) async throws {}
}

extension JobQueue.Demand {
  init(_ slots: Int, lease: Duration = .seconds(60)) { self.init(kind: NoteJob.name, slots: slots, lease: lease) }
}

extension JobQueue {
  func end(_ job: TakenJob, _ result: JobResult) async throws {
    let outcome = JobOutcome(result, failures: job.failures, backoff: JobBackoff(), chance: 1)
    try await end([Ended(hold: job.hold, kind: job.kind, outcome: outcome, isForgotten: false)])
  }
}

extension JobTests {
  @Suite struct QueueTests {
    private static func enqueue(_ count: Int, _ database: Database) async throws {
      let jobs = try (0..<count).map { try NoteJob.job(.init(number: $0)) }
      #expect(try await database.transaction { try await Jobs.enqueue(jobs, in: $0) } == count)
    }

    private static func state(_ id: ID, _ database: Database) async throws -> String {
      try #require(
        try await database.rows("SELECT state FROM jobs.job WHERE id = \(id)").first
      ).string("state")
    }

    @Test func `a job is enqueued if and only if its transaction is committed`() async throws {
      struct Changed: Error {}
      try await TestDatabase().run { database in
        let job = try NoteJob.job(.init(number: 7))
        await #expect(throws: Changed.self) {
          try await database.transaction { transaction in
            try await Jobs.enqueue([job], in: transaction)
            throw Changed()
          }
        }
        let queue = JobQueue(database: database)
        #expect(try await queue.take([.init(10)], node: "a").isEmpty)
        try await database.transaction { _ = try await Jobs.enqueue([job], in: $0) }
        let taken = try #require(try await queue.take([.init(10)], node: "a").first)
        #expect(taken.id == job.id && taken.payload == #"{"number":7}"# && taken.attempt == 1 && taken.failures == 0)
      }
    }

    @Test func `a taken job is not taken again before its lease expires`() async throws {
      let store = try await TestDatabase()
      try await store.run { try await Self.enqueue(400, $0) }
      let ids = try await withThrowingTaskGroup(of: [ID].self) { tasks in
        for node in ["a", "b", "c", "d"] {
          tasks.addTask {
            try await store.run { database in
              let queue = JobQueue(database: database)
              var ids: [ID] = []
              while case let jobs = try await queue.take([.init(7)], node: node), !jobs.isEmpty {
                ids += jobs.map(\.id)
              }
              return ids
            }
          }
        }
        return try await tasks.reduce(into: []) { $0 += $1 }
      }
      #expect(ids.count == 400 && Set(ids).count == 400)
      try await store.run { database in
        let queue = JobQueue(database: database)
        #expect(try await queue.take([.init(500)], node: "e").isEmpty)
        // Those who took them died: their leases end.
        try await database.execute("UPDATE jobs.job SET due_at = now() - interval '1 second'")
        let again = try await queue.take([.init(500)], node: "e")
        #expect(again.count == 400 && again.allSatisfy { $0.attempt == 2 && $0.failures == 1 })
      }
    }

    @Test func `an expired attempt does not end a job`() async throws {
      try await TestDatabase().run { database in
        let queue = JobQueue(database: database)
        try await Self.enqueue(1, database)
        let slow = try #require(try await queue.take([.init(1, lease: .zero)], node: "a").first)
        let quick = try #require(try await queue.take([.init(1)], node: "b").first)
        #expect(slow.id == quick.id && quick.attempt == 2)
        for result in [JobResult.succeeded, .failed("late"), .hopeless("late"), .interrupted, .cancelled] {
          try await queue.end(slow, result)
          #expect(try await Self.state(slow.id, database) == "running")
        }
        let hold = JobQueue.Hold(id: slow.id, attempt: slow.attempt)
        #expect(try await queue.renew([(hold, .seconds(60), JobProgress())]).isEmpty)
        let context = JobContext(slow, on: database.loop, leaseEnds: .latest)
        await #expect(throws: JobError.leaseLost(slow.id)) {
          try await database.transaction { try await context.complete(in: $0) }
        }
        #expect(!context.isCompleted)
        try await queue.end(quick, .succeeded)
        #expect(try await Self.state(quick.id, database) == "done")
        try await queue.end(quick, .failed("again"))
        #expect(try await Self.state(quick.id, database) == "done")
      }
    }

    @Test func `effect and completion are committed together`() async throws {
      struct Changed: Error {}
      try await TestDatabase().run { database in
        let queue = JobQueue(database: database)
        try await Self.enqueue(1, database)
        let job = try #require(try await queue.take([.init(1)], node: "a").first)
        let context = JobContext(job, on: database.loop, leaseEnds: .latest)
        await #expect(throws: Changed.self) {
          try await database.transaction { transaction in
            try await context.complete(in: transaction)
            throw Changed()
          }
        }
        #expect(try await Self.state(job.id, database) == "running" && !context.isCompleted)
        try await database.transaction { try await context.complete(in: $0) }
        #expect(try await Self.state(job.id, database) == "done" && context.isCompleted)
      }
    }

    @Test func `of a thousand jobs with one key there is one`() async throws {
      let store = try await TestDatabase()
      let enqueued = try await withThrowingTaskGroup(of: Int.self) { tasks in
        for _ in 0..<4 {
          tasks.addTask {
            try await store.run { database in
              var enqueued = 0
              for _ in 0..<125 {
                let jobs = try (0..<2).map { try NoteJob.job(.init(number: $0), key: .whileNotEnded("order 5")) }
                enqueued += try await database.transaction { try await Jobs.enqueue(jobs, in: $0) }
              }
              return enqueued
            }
          }
        }
        return try await tasks.reduce(0, +)
      }
      #expect(enqueued == 1)
      try await store.run { database in
        let queue = JobQueue(database: database)
        let job = try #require(try await queue.take([.init(10)], node: "a").first)
        let other = try NoteJob.job(.init(number: 1), key: .whileNotEnded("order 6"))
        let same = try NoteJob.job(.init(number: 1), key: .whileNotEnded("order 5"))
        #expect(try await database.transaction { try await Jobs.enqueue([other, same], in: $0) } == 1)
        try await queue.end(job, .succeeded)
        #expect(try await database.transaction { try await Jobs.enqueue([same], in: $0) } == 1)
      }
    }

    @Test func `a key of a period stays taken until it is over`() async throws {
      try await TestDatabase().run { database in
        let queue = JobQueue(database: database)
        func enqueue(at now: Instant) async throws -> Int {
          let job = try NoteJob.job(.init(), key: .once(in: .seconds(3_600), "report", now: now))
          return try await database.transaction { try await Jobs.enqueue([job], in: $0) }
        }
        let hour = try #require(Instant(seconds: 1_800_000_000 / 3_600 * 3_600))
        #expect(try await enqueue(at: hour) == 1)
        try await queue.end(try #require(try await queue.take([.init(1)], node: "a").first), .succeeded)
        #expect(try await enqueue(at: hour + .seconds(3_599)) == 0)
        #expect(try await enqueue(at: hour + .seconds(3_600)) == 1)
      }
    }

    @Test func `jobs are taken by priority, then by due time, and not before`() async throws {
      try await TestDatabase().run { database in
        let now = Instant.now
        let jobs = try [
          NoteJob.job(.init(number: 4), priority: .low, dueAt: now - .seconds(90)),
          NoteJob.job(.init(number: 3), dueAt: now - .seconds(10)),
          NoteJob.job(.init(number: 2), dueAt: now - .seconds(20)),
          NoteJob.job(.init(number: 1), priority: .high),
          NoteJob.job(.init(number: 5), priority: .high, dueAt: now + .seconds(3_600)),
        ]
        try await database.transaction { _ = try await Jobs.enqueue(jobs, in: $0) }
        let queue = JobQueue(database: database)
        for number in 1...4 {
          let payloads = try await queue.take([.init(1)], node: "a").map(\.payload)
          #expect(payloads == [#"{"number":\#(number)}"#])
        }
        #expect(try await queue.take([.init(1)], node: "a").isEmpty)
      }
    }

    @Test func `a limit over all servers holds`() async throws {
      let store = try await TestDatabase()
      try await store.run { try await Self.enqueue(20, $0) }
      let taken = try await withThrowingTaskGroup(of: Int.self) { tasks in
        for node in ["a", "b", "c", "d"] {
          tasks.addTask {
            try await store.run { database in
              let queue = JobQueue(database: database)
              var count = 0
              for _ in 0..<5 { count += try await queue.take(.init(2), ofAtMost: 3, node: node).count }
              return count
            }
          }
        }
        return try await tasks.reduce(0, +)
      }
      #expect(taken == 3)
    }

    @Test func `a payload has a bound`() throws {
      struct LargeJob: JobKind {
        static let name = "test.large"
        func run(_ payload: [String], _ context: JobContext) async throws {}
      }
      #expect(throws: JobError.self) { try LargeJob.job([String(repeating: "x", count: NewJob.payloadBytesMax)]) }
      _ = try LargeJob.job([String(repeating: "x", count: NewJob.payloadBytesMax - 4)])
    }

    /// The queue's statement reads no more rows of the table than it takes, whatever waits or has ended.
    @Test func `taking uses its index`() async throws {
      try await TestDatabase().run { database in
        try await database.execute(
          """
          INSERT INTO jobs.job (kind, due_at, state, ended_at)
          SELECT 'test.' || n % 5, now() + (n % 3 - 1) * interval '1 hour',
                 CASE WHEN n % 2 = 0 THEN 'done' ELSE 'waiting' END, CASE WHEN n % 2 = 0 THEN now() END
            FROM generate_series(1, 20000) n
          """)
        try await database.execute("ANALYZE jobs.job")
        let lines = try await Self.plan(JobQueue.take([.init(5), .init(5)], node: "a"), database)
        #expect(lines.contains("Index Scan using job_due") && !lines.contains("Seq Scan on job"), "\(lines)")
      }
    }

    /// Most of the table are jobs that are done: they are not counted, and not read.
    @Test func `counting uses the indexes of jobs that wait and of dead ones`() async throws {
      try await TestDatabase().run { database in
        try await database.execute(
          """
          INSERT INTO jobs.job (kind, state, ended_at)
          SELECT 'test.note', s.state, CASE WHEN s.state <> 'waiting' THEN now() END
            FROM generate_series(1, 20000) n,
                 LATERAL (SELECT CASE n % 100 WHEN 0 THEN 'waiting' WHEN 1 THEN 'dead' ELSE 'done' END AS state) s
          """)
        try await database.execute("ANALYZE jobs.job")
        let lines = try await Self.plan(JobQueue.depthQuery, database)
        for index in ["job_due", "job_ended"] { #expect(lines.contains("Bitmap Index Scan on \(index)"), "\(lines)") }
        let depths = try await JobQueue(database: database).depths([NoteJob.name])
        #expect(depths.map(\.counts) == [[.waiting: 200, .dead: 200]])
      }
    }

    private static func plan(_ query: Query, _ database: Database) async throws -> String {
      try await database.rows("EXPLAIN \(query)", access: .write).map { try $0.string("QUERY PLAN") }
        .joined(separator: "\n")
    }
  }
}
