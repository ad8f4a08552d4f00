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
        try await eventually { database.openReadConnections == 1 }
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

  @Test func `a lost writer and the end of its absence are logged`() async throws {
    try await Self.withRole(
      connections: 2,
      configure: {
        $0.writeConnections = 1
        $0.writerWait = .seconds(60)
      }
    ) { database, admin, role in
      let lines = KeptLog.Lines()
      database.source.log = lines.logger
      let pid = try await database.rows("SELECT pg_backend_pid() AS pid", access: .write)[0].int64("pid")
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 1")
      try await admin.execute("SELECT pg_terminate_backend(\(pid)::int)")
      try await eventually { database.statistics.writersIdle == 0 }
      let bound = LoopBound(database, on: database.loop)
      let write = Task(executorPreference: database.loop) {
        await failure { try await bound.value.execute("SELECT 1") }
      }
      try await eventually { database.statistics.connectionsFailed >= 3 }
      try await admin.runScript("ALTER ROLE \(role) CONNECTION LIMIT 2")
      #expect(await write.value == nil)
      #expect(
        lines.texts == [
          "warning: a connection to Postgres was lost", "error: no connection to Postgres",
          "notice: connected to Postgres again",
        ])
    }
  }
}
