import EventLoop
import Eventually
import Postgres
import PostgresTesting
import Testing

/// Reports and exports, which have connections of their own.
@Suite struct LongReadTests {
  static func sleep(_ database: Database, _ query: Query = "SELECT pg_sleep(60), 'report'") async -> PostgresError? {
    await failure { _ = try await database.rows(query, access: .longRead) }
  }

  @Test func `two reports hold up neither reads nor writes, and a third waits for them`() async throws {
    try await withDatabase(schema: "CREATE TABLE t (id bigint)") { database in
      let bound = LoopBound(database, on: database.loop)
      let reports = (0..<2).map { _ in Task(executorPreference: database.loop) { await Self.sleep(bound.value) } }
      try await eventually { database.statistics.longReadsInUse == 2 }
      let third = Task(executorPreference: database.loop) { await Self.sleep(bound.value, "SELECT 'third'") }
      try await eventually { database.statistics.longReadsWaiting == 1 }
      for id in 0..<50 {
        try await database.execute("INSERT INTO t VALUES (\(id))")
        #expect(try await database.rows("SELECT id FROM t").count == id + 1)
      }
      #expect(database.statistics.readsMoved == 0)
      #expect(database.statistics.longReadsInUse == 2, "the reports still run")
      reports[0].cancel()
      #expect(await reports[0].value == .queryCancelled)
      #expect(await third.value == nil)
      reports[1].cancel()
      #expect(await reports[1].value == .queryCancelled)
      try await SlowReadTests.nothingRuns("report", database)
    }
  }

  @Test func `the first report waits for its connection, which takes longer than an outage may`() async throws {
    let (proxy, replica) = try LivenessProbeTests.proxy(try await TestPostgres.shared().database())
    defer { proxy.close() }
    proxy.isSilent = true
    try await withDatabase(configure: { ($0.replicaURL, $0.outageWait) = (replica, .milliseconds(50)) }) { database in
      try await eventually { await failure { _ = try await database.rows("SELECT 1") } == nil }
      let bound = LoopBound(database, on: database.loop)
      let first = Task(executorPreference: database.loop) { await Self.sleep(bound.value, "SELECT 'first'") }
      try await eventually { database.statistics.longReadsWaiting == 1 }
      let start = ContinuousClock.now
      try await eventually { ContinuousClock.now - start > .milliseconds(200) }
      proxy.isSilent = false
      #expect(await first.value == nil)
    }
  }

  @Test func `a report has more time than other statements, and not for ever`() async throws {
    try await withDatabase(configure: {
      $0.statementTimeout = .milliseconds(200)
      $0.longReadTimeout = .seconds(3)
    }) { database in
      try await becomesReady(database)
      #expect(await failure { try await database.execute("SELECT pg_sleep(60)") } == .statementTimeout)
      #expect(await Self.sleep(database, "SELECT pg_sleep(1)") == nil)
      #expect(await Self.sleep(database) == .statementTimeout)
    }
  }

  @Test func `too many reports are refused`() async throws {
    try await withDatabase(configure: {
      $0.longReadConnections = 1
      $0.longReadsWaitingMax = 1
      $0.longReadWait = .milliseconds(50)
    }) { database in
      try await becomesReady(database)
      let bound = LoopBound(database, on: database.loop)
      let report = Task(executorPreference: database.loop) { await Self.sleep(bound.value) }
      try await eventually { database.statistics.longReadsInUse == 1 }
      let errors = await together(database, Array(repeating: { @Sendable in await Self.sleep($0) }, count: 2))
      #expect(errors == [.overloaded, .overloaded])
      report.cancel()
      #expect(await report.value == .queryCancelled)
    }
  }

  @Test func `a report changes nothing`() async throws {
    try await withDatabase(schema: "CREATE TABLE t (id bigint)") { database in
      let error = await Self.sleep(database, "INSERT INTO t VALUES (1)")
      guard case .other("25006", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }

  @Test func `a report that a replica ends for the sake of replication may be asked for again`() async throws {
    let schema = """
      CREATE FUNCTION conflict() RETURNS void LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'canceling statement due to conflict with recovery' USING ERRCODE = '40001'; END $$
      """
    try await withDatabase(schema: schema) { database in
      #expect(await Self.sleep(database, "SELECT conflict()") == .unavailable)
      let streamed = await failure { for try await _ in database.stream("SELECT conflict()", from: .replica) {} }
      #expect(streamed == .unavailable)
    }
  }

  @Test func `with a replica, reports go there and all else to the primary`() async throws {
    let replica = try await TestPostgres.shared().database()
    try await withDatabase(configure: { $0.replicaURL = replica }) { database in
      let name: Query = "SELECT current_database() AS name"
      let there = try await database.rows(name, access: .longRead)[0].string("name")
      let here = try await database.rows(name)[0].string("name")
      let alsoHere = try await database.rows(name, access: .write)[0].string("name")
      #expect(here == alsoHere)
      #expect(there != here)
      #expect(replica.contains(there))
      for (server, expected) in [(StreamServer.primary, here), (.replica, there)] {
        for try await row in database.stream(name, from: server) { #expect(try row.string("name") == expected) }
      }
    }
  }

  @Test func `without its replica, a report is unavailable and all else goes on`() async throws {
    try await withDatabase(configure: {
      $0.replicaURL = "host=/tmp/there-is-no-server dbname=x"
      $0.outageWait = .milliseconds(500)
    }) { database in
      #expect(await Self.sleep(database) == .unavailable)
      #expect(await failure { _ = try await database.rows("SELECT 1") } == nil)
      #expect(database.isAvailable)
    }
  }
}
