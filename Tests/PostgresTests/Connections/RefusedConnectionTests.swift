import EventLoop
import Eventually
import PostgresTesting
import Testing

@testable import Postgres

/// A server that refuses further connections while it serves those that there are.
@Suite struct RefusedConnectionTests {
  /// Runs `body` with connections of a role that may have `connections` of them, and with others that may change that.
  private static func withRole(
    connections: Int, configure: @escaping @Sendable (inout DatabaseConfiguration) -> Void,
    _ body: @escaping @Sendable (_ database: Database, _ admin: Database, _ role: String) async throws -> Void
  ) async throws {
    let url = try await TestPostgres.shared().database()
    let name = try #require(try ConnectTarget(url: url, applicationName: "").settings["dbname"])
    let role = "role_of_\(name)"
    try await onLoop(of: loops, url: url) { admin in
      try await admin.runScript("CREATE ROLE \(role) LOGIN CONNECTION LIMIT \(connections)")
      let bound = LoopBound(admin, on: admin.loop)
      try await onLoop(of: loops, url: "\(url) user=\(role)", configure: configure) { database in
        try await becomesReady(database)
        try await eventually { database.openReadConnections == database.source.configuration.readConnections }
        try await body(database, bound.value, role)
      }
    }
  }

  @Test func `where no spare connection is to be had, a slow read makes way, and the reason is logged once`()
    async throws
  {
    try await Self.withRole(
      connections: 2,
      configure: {
        $0.waitForLong()
        ($0.spareReadConnections, $0.writeConnections) = (2, 1)
        $0.readHoldMax = .milliseconds(200)
      }
    ) { database, _, _ in
      let lines = KeptLog.Lines()
      database.source.log = lines.logger
      let bound = LoopBound(database, on: database.loop)
      let slow = Task(executorPreference: database.loop) { await SlowReadTests.sleep(bound.value) }
      try await hasBegun("slow", database)
      #expect(await SlowReadTests.quick(database) == nil)
      #expect(await slow.value == .overloaded)
      #expect(lines.texts.filter { $0.contains("no spare connection") }.count == 1, "\(lines.texts)")
    }
  }

  @Test(arguments: [QueryAccess.read, .write])
  func `a lost connection and the end of its absence are logged`(_ access: QueryAccess) async throws {
    try await Self.withRole(
      connections: 2,
      configure: {
        $0.writeConnections = 1
        ($0.writerWait, $0.outageWait) = (.seconds(60), .seconds(60))
      }
    ) { database, admin, role in
      let lines = KeptLog.Lines()
      database.source.log = lines.logger
      let pid = try await database.rows("SELECT pg_backend_pid() AS pid", access: access)[0].int64("pid")
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 1")
      try await admin.execute("SELECT pg_terminate_backend(\(pid)::int)")
      try await eventually {
        access == .read ? database.openReadConnections == 0 : database.statistics.writersIdle == 0
      }
      let bound = LoopBound(database, on: database.loop)
      let query = Task(executorPreference: database.loop) {
        await failure { _ = try await bound.value.rows("SELECT 1 AS one", access: access) }
      }
      try await eventually { database.statistics.connectionsFailed >= 3 }
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 2")
      #expect(await query.value == nil)
      #expect(
        lines.texts == [
          "warning: a connection to Postgres was lost", "error: no connection to Postgres",
          "notice: connected to Postgres again",
        ])
    }
  }

  @Test func `a server that refuses the settings of sessions is away, which is logged once`() async throws {
    try await withDatabase(configure: {
      $0.readConnections = 2
      $0.statementTimeout = .seconds(1 << 32)  // longer than a server knows
    }) { database in
      let lines = KeptLog.Lines()
      database.source.log = lines.logger
      try await eventually { database.statistics.connectionsOpened >= 8 }
      let errors = lines.texts.count { $0 == "error: no connection to Postgres" }
      #expect((1...2).contains(errors), "one of each connection for reads: \(lines.texts)")
      #expect(lines.texts.count - errors <= 1, "only the writer's was open before: \(lines.texts)")
    }
  }

  @Test func `a read that waited for its connection is watched like any other`() async throws {
    try await Self.withRole(
      connections: 2,
      configure: {
        $0.waitForLong()
        ($0.writeConnections, $0.outageWait) = (1, .seconds(60))
      }
    ) { database, admin, role in
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 1")
      database.reads.readers[0].connectAnew()
      let bound = LoopBound(database, on: database.loop)
      let slow = Task(executorPreference: database.loop) {
        await failure { _ = try await bound.value.rows("SELECT pg_sleep(90), 'slow'") }
      }
      let failed = database.statistics.connectionsFailed
      try await eventually { database.statistics.connectionsFailed >= failed + 2 }
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 2")
      try await hasBegun("slow", database)
      slow.cancel()
      #expect(await slow.value == .queryCancelled)
      try await SlowReadTests.nothingRuns("slow", database)
    }
  }

  @Test func `a read whose connection does not come back takes another one`() async throws {
    try await Self.withRole(
      connections: 3,
      configure: {
        ($0.readConnections, $0.writeConnections) = (2, 1)
        $0.outageWait = .milliseconds(500)
      }
    ) { database, admin, role in
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 2")
      let reader = database.reads.readers[0]
      let read = Request(reading: "SELECT 1 AS one")
      database.reads.submit(read, to: reader)
      reader.connectAnew()
      try await eventually { read.isOver }
      #expect(read.error == nil)
      #expect(!reader.isOpen)
    }
  }

  @Test func `a writer does not wait for ever when only others connect`() async throws {
    try await withDatabase(configure: { $0.outageWait = .seconds(2) }) { database in
      let source = ConnectionSource(
        loop: database.loop, configuration: database.source.configuration, target: database.source.route.target)
      let limits = ConnectionPool.Limits(connectionsMax: 0, waitersMax: 1, wait: .milliseconds(1), connectionsMin: 0)
      let pool = ConnectionPool(.writes, limits, source: source)
      defer { pool.close() }
      let (bound, ended) = (LoopBound(pool, on: database.loop), PipelineTests.Count())
      let writer = Task(executorPreference: database.loop) {
        defer { ended.value += 1 }
        return await failure { _ = try await bound.value.acquire() }
      }
      let other = source.connect(.reads, opened: { _ in }, closed: { _, _, _, _ in })
      defer { other.fail(.connectionLost, reason: "the test is over") }
      try await eventually { ended.value == 1 }
      let error = await writer.value
      #expect(error == .overloaded || error == .unavailable)
    }
  }
}
