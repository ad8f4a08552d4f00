import PlatformTesting
import Postgres
import Testing

@testable import Platform

extension JobTests {
  /// Keys that are free as soon as their job is taken, and how the jobs of one work are enqueued.
  @Suite struct KeyTests {
    private nonisolated(nonsending) static func enqueue(_ count: Int, in transaction: Transaction) async throws -> Int {
      let jobs = try (0..<count).map { try NoteJob.job(.init(number: $0), key: .whileWaiting("product 5")) }
      return try await Jobs.enqueue(jobs, in: transaction)
    }

    @Test func `a key of a job that waits is free when the job is taken`() async throws {
      try await TestDatabase().run { database in
        let queue = JobQueue(database: database)
        #expect(try await database.transaction { try await Self.enqueue(2, in: $0) } == 1)
        #expect(try await database.transaction { try await Self.enqueue(1, in: $0) } == 0)
        let first = try #require(try await queue.take([.init(1)], node: "a").first)
        #expect(try await database.transaction { try await Self.enqueue(1, in: $0) } == 1)
        // It waits again, beside the one that has the key.
        try await queue.end(first, .failed("no"))
        #expect(try await database.transaction { try await Self.enqueue(1, in: $0) } == 0)
        #expect(try await database.number("SELECT count(*) AS n FROM jobs.job WHERE state = 'waiting'") == 2)
      }
    }

    @Test func `a job is not taken before the changes that it is about are committed`() async throws {
      try await TestDatabase().run { database in
        let queue = JobQueue(database: database)
        _ = try await database.transaction { try await Self.enqueue(1, in: $0) }
        try await database.transaction { transaction in
          let enqueued = try await Self.enqueue(1, in: transaction)
          let taken = try await queue.take([.init(1)], node: "a")
          #expect(enqueued == 0 && taken.isEmpty)
        }
        #expect(try await queue.take([.init(1)], node: "a").count == 1)
      }
    }

    @Test(arguments: [0, JobKey.bytesMax + 1])
    func `a key has bounds`(bytes: Int) throws {
      let key = String(repeating: "x", count: bytes)
      #expect(throws: JobError.keyOutOfBounds(kind: NoteJob.name, bytes: bytes)) {
        try NoteJob.job(.init(), key: .whileNotEnded(key))
      }
      _ = try NoteJob.job(.init(), key: .whileNotEnded(String(repeating: "x", count: JobKey.bytesMax)))
    }

    @Test func `a work tells the servers of all its jobs at once`() async throws {
      try await TestDatabase().run { database in
        let before = database.statistics.statements
        try await database.work(as: .command("test", vault: nil)) { work in
          for number in 0..<3 { work.enqueue(try NoteJob.job(.init(number: number))) }
        }
        // BEGIN, the jobs, NOTIFY, COMMIT.
        #expect(database.statistics.statements - before == 4)
      }
    }
  }
}
