import EventLoop
import Eventually
import Glibc
import Protobuf
import TestAPI
import Testing

@testable import Postgres

extension Database {
  /// A stream of the only server that there is.
  fileprivate func stream(_ query: Query, within limit: Duration = Database.streamLimit) -> RowStream {
    stream(query, from: .primary, within: limit)
  }
}

/// Results of any size, row by row.
@Suite struct RowStreamTests {
  private static let rows: Int64 = 1_000_000

  /// The bytes of memory that the process has.
  private static func residentBytes() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    try #require(fgets(&line, Int32(line.count), file) != nil)
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Waits until no statement of a stream runs, and its connection can be used again.
  private static func isFree(_ database: Database) async throws {
    try await eventually {
      database.statistics.longReadsInUse == 0
    }
    let left = try await database.rows(
      """
      SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND state <> 'idle' AND query LIKE '%generate_series%'
         AND pid <> pg_backend_pid()
      """)
    #expect(left.isEmpty)
  }

  @Test func `a million rows of 300 bytes in bounded memory`() async throws {
    try await withDatabase(configure: { $0.longReadConnections = 1 }) { database in
      let before = try Self.residentBytes()
      var most = before
      var (count, sum): (Int64, Int64) = (0, 0)
      let stream = database.stream(
        "SELECT n, repeat('x', 300) AS text FROM generate_series(1, \(Self.rows)::bigint) AS s (n)")
      for try await row in stream {
        count += 1
        sum += try row.int64("n")
        if count % 50_000 == 0 { most = max(most, try Self.residentBytes()) }
      }
      #expect(count == Self.rows && sum == Self.rows * (Self.rows + 1) / 2)
      #expect(most - before < 50 << 20, "of 300 MB: other tests run beside it")
      try await Self.isFree(database)
    }
  }

  @Test func `who stops in the middle ends the query, and the connection is used again`() async throws {
    try await withDatabase(configure: { $0.longReadConnections = 1 }) { database in
      for _ in 0..<3 {
        var count = 0
        for try await _ in database.stream(
          "SELECT generate_series(1, 1000000000) AS n, repeat('x', 300) AS text")
        {
          count += 1
          if count == 1_000 { break }
        }
        #expect(count == 1_000)
        try await Self.isFree(database)
        #expect(database.statistics.connectionsOpened <= 3)
        let next = try await database.execute("CREATE TABLE IF NOT EXISTS t (a int)")
        #expect(next == 0)
      }
    }
  }

  @Test func `a stream takes no connection from the writers`() async throws {
    try await withDatabase(configure: { $0.writeConnections = 1 }) { database in
      var rows = database.stream("SELECT generate_series(1, 1000000000) AS n").makeAsyncIterator()
      let first = try await rows.next()
      #expect(try first?.int64("n") == 1)
      #expect(database.statistics.longReadsInUse == 1)
      #expect(await failure { try await database.execute("CREATE TABLE t (a int)") } == nil)
      let second = try await rows.next()
      #expect(try second?.int64("n") == 2)
    }
  }

  @Test func `a stream whose task is cancelled ends`() async throws {
    try await withDatabase(configure: { $0.longReadConnections = 2 }) { database in
      let bound = LoopBound(database, on: database.loop)
      let task = Task(executorPreference: database.loop) {
        await failure {
          for try await _ in bound.value.stream("SELECT pg_sleep(0.01) FROM generate_series(1, 1000000) AS s (n)") {}
        }
      }
      try await hasBegun("generate_series(1, 1000000)", database)
      task.cancel()
      #expect(await task.value == .queryCancelled)
      try await Self.isFree(database)
    }
  }

  @Test func `a server waits for who takes rows slowly`() async throws {
    try await withDatabase { database in
      var rows = database.stream(
        "SELECT n, repeat('x', 10000) AS text FROM generate_series(1, 100000) AS s (n)"
      ).makeAsyncIterator()
      #expect(try await rows.next()?.int64("n") == 1)
      try await eventually {
        try await database.rows(
          """
          SELECT 1 FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event = 'ClientWrite' AND query LIKE '%generate_series%'
          """
        ).count == 1
      }
      #expect(try await rows.next()?.int64("n") == 2)
    }
  }

  @Test func `an error after some rows is thrown after them`() async throws {
    try await withDatabase(configure: { $0.longReadConnections = 1 }) { database in
      for _ in 0..<3 {
        var count = 0
        let error = await failure {
          for try await _ in database.stream("SELECT 1 / (5000 - n) FROM generate_series(1, 9000) AS s (n)") {
            count += 1
          }
        }
        guard case .other("22012", _)? = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(count == 4_999)
        try await Self.isFree(database)
      }
    }
  }

  @Test func `what cannot run fails at the first row`() async throws {
    try await withDatabase(schema: "CREATE TABLE t (a int)", configure: { $0.longReadConnections = 1 }) { database in
      let queries: [(String, Query)] = [
        ("42601", "SELEC 1"), ("25006", "INSERT INTO t VALUES (1) RETURNING a"), ("42P01", "SELECT * FROM nowhere"),
      ]
      for (sqlstate, query) in queries {
        let error = await failure { for try await _ in database.stream(query) {} }
        guard case .other(sqlstate, _)? = error else { return #expect(Bool(false), "\(error as Any)") }
        try await Self.isFree(database)
      }
      var isEmpty = true
      for try await _ in database.stream("SELECT a FROM t") { isEmpty = false }
      #expect(isEmpty)
    }
  }

  @Test func `a stream has a limit of its own`() async throws {
    try await withDatabase(configure: {
      $0.longReadConnections = 1
      $0.statementTimeout = .milliseconds(100)
    }) { database in
      var count = 0
      for try await _ in database.stream("SELECT pg_sleep(0.05) FROM generate_series(1, 8) AS s (n)") { count += 1 }
      #expect(count == 8, "it takes longer than other statements may")
      let error = await failure {
        for try await _ in database.stream("SELECT pg_sleep(1) FROM generate_series(1, 60)", within: .milliseconds(50))
        {}
      }
      #expect(error == .statementTimeout)
      #expect(await failure { try await database.execute("SELECT pg_sleep(5)") } == .statementTimeout)
    }
  }

  /// The server cannot end it: it waits for somebody who takes rows.
  @Test func `the limit ends a stream whose reader stands still`() async throws {
    try await withDatabase(configure: { $0.longReadConnections = 1 }) { database in
      var rows = database.stream(
        "SELECT n, repeat('x', 10000) AS text FROM generate_series(1, 100000) AS s (n)", within: .seconds(2)
      ).makeAsyncIterator()
      #expect(try await rows.next()?.int64("n") == 1)
      try await Self.isFree(database)
      #expect(await failure { _ = try await rows.next() } == .statementTimeout)
      #expect(try await rows.next() == nil)
      #expect(database.statistics.connectionsOpened <= 3, "its connection is used again")
    }
  }

  @Test func `a pause between two rows may be as long as the stream`() async throws {
    // A server that owes the answer to a report for 500 ms counts as unresponsive.
    try await withDatabase(configure: {
      ($0.longReadConnections, $0.longReadTimeout) = (1, .milliseconds(400))
      ($0.statementTimeout, $0.unresponsiveAfter) = (.milliseconds(9_900), .seconds(10))
    }) { database in
      var count = 0
      // Each row is more than Postgres collects before it sends.
      for try await _ in database.stream(
        "SELECT repeat('x', 20000), pg_sleep(CASE n WHEN 2 THEN 1 ELSE 0 END) FROM generate_series(1, 3) AS s (n)")
      {
        count += 1
      }
      #expect(count == 3)
    }
  }

  @Test func `a connection that breaks ends the stream`() async throws {
    try await withDatabase(configure: { $0.longReadConnections = 1 }) { database in
      var count = 0
      let error = await failure {
        for try await _ in database.stream("SELECT generate_series(1, 1000000000) AS n") {
          count += 1
          if count == 10 {
            _ = try await database.rows(
              """
              SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()
              """)
          }
        }
      }
      #expect(error == .connectionLost && count >= 10)
      try await becomesReady(database)
    }
  }

  @Test func `rows as messages, each in memory of its own`() async throws {
    try await withDatabase { database in
      var kept: [Scalars] = []
      var count = 0
      for try await message in database.stream(
        Scalars.self, "SELECT n::bigint AS int64_value FROM generate_series(1, 10000) AS s (n)", from: .primary)
      {
        count += 1
        #expect(message.int64Value == Int64(count))
        if count % 1_000 == 0 { kept.append(message) }
      }
      #expect(count == 10_000 && kept.map(\.int64Value) == (1...10).map { $0 * 1_000 })
    }
  }
}
