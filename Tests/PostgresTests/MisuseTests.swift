import EventLoop
import Glibc
import Testing

@testable import Postgres

/// Mistakes of the program that end it, each in a process of its own. There the database answers first, so that the
/// mistake is what ends the process.
@Suite struct MisuseTests {
  private static func isTrap(_ result: ExitTest.Result?) -> Bool {
    [.signal(SIGILL), .signal(SIGTRAP)].contains(result?.exitStatus)
  }

  @Test func `a read beside a connection that is held`() async {
    let end = await #expect(processExitsWith: .failure) {
      try await withDatabase { database in
        try await becomesReady(database)
        try await database.holdingSoleConnection { _ = try await database.rows("SELECT 1") }
      }
    }
    #expect(Self.isTrap(end))
  }

  @Test func `a stream beside a connection that is held`() async {
    let end = await #expect(processExitsWith: .failure) {
      try await withDatabase { database in
        try await becomesReady(database)
        try await database.holdingSoleConnection {
          for try await _ in database.stream("SELECT 1 AS one", from: .primary) {}
        }
      }
    }
    #expect(Self.isTrap(end))
  }

  @Test func `two tasks that wait for one answer`() async {
    let end = await #expect(processExitsWith: .failure) {
      try await withDatabase { database in
        try await becomesReady(database)
        try await database.transaction { transaction in
          let loop = transaction.loop
          let answer = LoopBound(transaction.send("SELECT pg_sleep(1)"), on: loop)
          let tasks = (0..<2).map { _ in
            Task(executorPreference: loop) { await failure { _ = try await answer.value.result() } }
          }
          for task in tasks { _ = await task.value }
        }
      }
    }
    #expect(Self.isTrap(end))
  }

  @Test func `two callers that wait for one connection to be quiet`() async {
    let end = await #expect(processExitsWith: .failure) {
      try await withDatabase { database in
        try await becomesReady(database)
        let connection = try await database.writers.acquire()
        connection.submit(Request(plain: "SELECT pg_sleep(1)"))
        for _ in 0..<2 { connection.whenQuiet {} }
      }
    }
    #expect(Self.isTrap(end))
  }
}
