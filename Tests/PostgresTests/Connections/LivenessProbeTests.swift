import EventLoop
import Eventually
import Glibc
import PostgresTesting
import Testing

@testable import Postgres

/// A server that answers nothing and closes nothing. Limits are short here; ``ServerListTests`` has the usual ones.
@Suite struct LivenessProbeTests {
  static let unresponsiveAfter: Duration = .seconds(1)

  /// A proxy in front of the database at `url` that may fall silent, and the URL for connections through it.
  static func proxy(_ url: String) throws -> (proxy: SilentProxy, url: String) {
    let target = try ConnectTarget(url: url, applicationName: "")
    let (folder, name) = (try #require(target.settings["host"]), try #require(target.settings["dbname"]))
    let (proxy, user) = (try SilentProxy(socketFolder: folder), try #require(target.settings["user"]))
    return (proxy, "host=127.0.0.1 port=\(proxy.port) user=\(user) dbname=\(name)")
  }

  /// Runs `body` on connections through a proxy that may fall silent.
  static func withProxy(
    configure: @escaping @Sendable (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (Database, SilentProxy) async throws -> Void
  ) async throws {
    let (proxy, url) = try proxy(try await TestPostgres.shared().database())
    defer { proxy.close() }
    try await onLoop(
      of: loops, url: url,
      configure: {
        $0.unresponsiveAfter = unresponsiveAfter
        $0.connectTimeout = .seconds(1)
        $0.outageWait = .milliseconds(500)
        configure(&$0)
      }
    ) { database in
      try await becomesReady(database, for: "CREATE TABLE IF NOT EXISTS done (id bigint PRIMARY KEY)")
      try await body(database, proxy)
    }
  }

  static func slowRead(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.rows("SELECT pg_sleep(5)") }
  }

  static func slowWrite(_ database: Database) async -> PostgresError? {
    await failure { try await database.execute("INSERT INTO done SELECT 1 FROM pg_sleep(5)") }
  }

  /// The server falls silent between two statements.
  static func transaction(_ database: Database, falling proxy: SilentProxy) async -> PostgresError? {
    await failure {
      try await database.transaction { transaction in
        try await transaction.execute("INSERT INTO done VALUES (2)")
        proxy.isSilent = true
        try await transaction.execute("INSERT INTO done VALUES (3)")
      }
    }
  }

  @Test func `everything under way ends, then nothing waits, and service comes back by itself`() async throws {
    try await Self.withProxy { database, proxy in
      let errors = await together(
        database,
        [
          { @Sendable in await Self.slowRead($0) }, { @Sendable in await Self.slowWrite($0) },
          { @Sendable in await Self.transaction($0, falling: proxy) },
        ])
      #expect(errors == [.connectionLost, .outcomeUnknown, .connectionLost])
      try await eventually { !database.isAvailable }
      let start = ContinuousClock.now
      #expect(await failure { _ = try await database.rows("SELECT 1") } == .unavailable)
      #expect(ContinuousClock.now - start < .seconds(10))
      proxy.isSilent = false
      try await becomesReady(database)
      let rows = try await database.rows("SELECT id FROM done WHERE id > 1")
      #expect(rows.isEmpty, "a transaction that was not committed is not there")
    }
  }

  @Test func `a statement that cannot be cancelled costs its connection and holds nobody up`() async throws {
    try await Self.withProxy { database, proxy in
      let bound = LoopBound(database, on: database.loop)
      let tasks = (0..<4).map { _ in
        Task(executorPreference: database.loop) {
          await failure { _ = try await bound.value.execute("SELECT pg_sleep(9)") }
        }
      }
      let running: Query = """
        SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(9)'
        """
      while try await database.rows(running).first?.int64("n") != 4 {}
      proxy.isSilent = true
      for task in tasks { task.cancel() }
      for task in tasks { #expect(await task.value == .outcomeUnknown) }
      try await eventually { database.statistics.writersInUse == 0 }
      #expect(try await database.loop.offLoop { 1 } == 1)
      // The requests to cancel still block their threads. Another server's statements are cancelled all the same.
      try await withDatabase { other in
        let errors = await together(other, [Self.cancelledWrite])
        #expect(errors == [.outcomeUnknown])
        try await eventually { other.statistics.writersInUse == 0 }
        #expect(other.statistics.writersIdle == 1, "its connection is not lost")
      }
    }
  }

  /// Begins a statement, and cancels it.
  private static let cancelledWrite: @Sendable (Database) async -> PostgresError? = { database in
    let bound = LoopBound(database, on: database.loop)
    let task = Task(executorPreference: database.loop) {
      await failure { _ = try await bound.value.execute("SELECT pg_sleep(8)") }
    }
    let running: Query = """
      SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND query = 'SELECT pg_sleep(8)'
      """
    while (try? await database.rows(running).count) != 1 {}
    task.cancel()
    return await task.value
  }

  @Test func `a replica that is frozen delays no cancel on the primary`() async throws {
    let (proxy, replica) = try Self.proxy(try await TestPostgres.shared().database())
    defer { proxy.close() }
    // The replica's cancels keep their threads for longer than the test takes: the primary's must not need them.
    try await withDatabase(configure: {
      ($0.replicaURL, $0.longReadConnections, $0.cancelTimeout) = (replica, 2, .seconds(600))
    }) { database in
      try await eventually { await failure { _ = try await database.rows("SELECT 1", access: .longRead) } == nil }
      let bound = LoopBound(database, on: database.loop)
      let reads = (0..<2).map { _ in
        Task(executorPreference: database.loop) {
          await failure { _ = try await bound.value.rows("SELECT pg_sleep(9), 'long'", access: .longRead) }
        }
      }
      let running: Query = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%9), ''long''%'"
      while try await database.rows(running).count != 2 {}
      proxy.isSilent = true
      for task in reads { task.cancel() }
      for task in reads { #expect(await task.value == .queryCancelled) }
      // Their cancels are sent before that of the write: abandoned statements of a loop are cancelled in their order.
      let errors = await together(database, [Self.cancelledWrite])
      #expect(errors == [.outcomeUnknown])
      try await eventually { database.statistics.writersInUse == 0 }
      #expect(database.statistics.writersIdle == 1, "its connection is not lost")
    }
  }

  @Test func `after the loss of the only connection, a long read waits as long as in any outage`() async throws {
    let (proxy, replica) = try Self.proxy(try await TestPostgres.shared().database())
    defer { proxy.close() }
    try await withDatabase(configure: {
      ($0.replicaURL, $0.longReadConnections, $0.longReadWait) = (replica, 1, .seconds(200))
      ($0.connectTimeout, $0.cancelTimeout) = (.seconds(100), .milliseconds(100))
    }) { database in
      let bound = LoopBound(database, on: database.loop)
      var rows: RowStream.Iterator? =
        database.stream("SELECT generate_series(1, 1000000000) AS n", from: .replica, within: .seconds(100))
        .makeAsyncIterator()
      #expect(try await rows?.next()?.int64("n") == 1)
      let waiting = Task(executorPreference: database.loop) {
        await failure { _ = try await bound.value.rows("SELECT 1", access: .longRead) }
      }
      try await eventually { database.statistics.longReadsWaiting == 1 }
      proxy.isSilent = true
      // The stream's query cannot be cancelled, so its connection is closed. The attempt to make another one hangs.
      rows = nil
      let connectTimeout = Timer {}
      defer { connectTimeout.cancel() }
      database.loop.schedule(connectTimeout, after: .seconds(50))
      #expect(await waiting.value == .unavailable)
      #expect(connectTimeout.isScheduled, "it has not waited for the attempt")
    }
  }

  @Test func `whether a server answers is known within a limit`() async throws {
    try await Self.withProxy { database, proxy in
      #expect(await database.answers(within: .seconds(20)))
      proxy.isSilent = true
      #expect(await database.answers(within: .milliseconds(50)) == false)
    }
  }

  @Test func `data that the server does not take ends a COPY`() async throws {
    try await Self.withProxy { database, proxy in
      let error = await failure {
        _ = try await database.transaction { transaction in
          try await transaction.copy("COPY done FROM STDIN") { writer in
            try await writer.write(Array("1\n".utf8))
            proxy.isSilent = true
            let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 20)
            while true { try await writer.write(lines) }
          }
        }
      }
      #expect(error == .connectionLost)
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `a server that has all the data and does not answer ends a COPY`() async throws {
    try await Self.withProxy { database, proxy in
      let error = await failure {
        _ = try await database.transaction { transaction in
          try await transaction.copy("COPY done FROM STDIN") { writer in
            try await writer.write(Array("1\n".utf8))
            proxy.isSilent = true
          }
        }
      }
      #expect(error == .connectionLost)
    }
  }

  /// Timers of one loop fire in their order, however late: the last one sees what those before it have done.
  @Test(.timeLimit(.minutes(2)))
  func `a server that sends no further rows ends a stream at its limit, however late it fell silent`() async throws {
    try await Self.withProxy { database, proxy in
      let start = database.loop.now
      var streamsInUse: Int?
      // The limit, and a second more for the server. A wait that began anew with the last row would end later.
      let look = Timer { streamsInUse = database.statistics.longReadsInUse }
      defer { look.cancel() }
      let error = await failure {
        let rows = database.stream(
          "SELECT repeat('x', 20000), pg_sleep(0.1) FROM generate_series(1, 1000)", from: .primary, within: .seconds(3))
        for try await _ in rows {
          if !look.isScheduled { database.loop.schedule(look, after: .milliseconds(4_500)) }
          if database.loop.now - start >= Duration.seconds(2).nanoseconds { proxy.isSilent = true }
        }
      }
      // On a busy machine, the server may have reached the limit first.
      #expect(error == .connectionLost || error == .statementTimeout)
      try await eventually { streamsInUse != nil }
      #expect(streamsInUse == 0)
    }
  }

  @Test func `a result that takes longer than a server may be silent arrives`() async throws {
    try await withDatabase(configure: { $0.unresponsiveAfter = .milliseconds(800) }) { database in
      // Each row is more than Postgres collects before it sends.
      let rows = try await database.rows("SELECT repeat('x', 20000), pg_sleep(0.3) FROM generate_series(1, 10)")
      #expect(rows.count == 10)
    }
  }

  @Test func `a host that is silent is passed over for one that answers`() async throws {
    let target = try ConnectTarget(url: try await TestPostgres.shared().database(), applicationName: "")
    let folder = try #require(target.settings["host"])
    let (silent, good) = (try SilentProxy(socketFolder: folder), try SilentProxy(socketFolder: folder))
    defer {
      silent.close()
      good.close()
    }
    silent.isSilent = true
    let (user, name) = (try #require(target.settings["user"]), try #require(target.settings["dbname"]))
    try await onLoop(
      of: loops, url: "postgres://\(user)@127.0.0.1:\(silent.port),localhost:\(good.port)/\(name)",
      configure: { $0.connectTimeout = .seconds(1) }
    ) { database in
      try await becomesReady(database)
      // It has learnt where the server is: further connections go there at once.
      let bound = LoopBound(database, on: database.loop)
      let errors = await together(
        bound.value, (0..<3).map { _ in { @Sendable in await OutageTests.transact($0) } })
      #expect(errors == [nil, nil, nil])
    }
  }

  @Test func `one connection that is frozen disturbs no other`() async throws {
    try await withDatabase(
      schema: "CREATE TABLE done (id bigint PRIMARY KEY)", configure: { $0.unresponsiveAfter = Self.unresponsiveAfter }
    ) { database in
      let start = ContinuousClock.now
      let error = await failure {
        try await database.transaction { transaction in
          let rows = try await transaction.rows("SELECT pg_backend_pid() AS pid")
          let pid = pid_t(try rows[0].int64("pid"))
          kill(pid, SIGSTOP)
          defer { kill(pid, SIGCONT) }
          #expect(await failure { _ = try await database.rows("SELECT 1") } == nil)
          #expect(await OutageTests.transact(database) == nil)
          try await transaction.execute("INSERT INTO done VALUES (1)")
        }
      }
      #expect(error == .connectionLost)
      #expect(ContinuousClock.now - start < .seconds(20))
      let rows = try await database.rows("SELECT id FROM done")
      #expect(rows.isEmpty)
    }
  }

  @Test func `a read whose connection is closed by an administrator is sent again`() async throws {
    try await withDatabase { database in
      let bound = LoopBound(database, on: database.loop)
      let reading = Task(executorPreference: database.loop) {
        try await bound.value.rows("SELECT pg_sleep(1)::text || 'slept' AS text").count
      }
      let closed: Query =
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%slept%' AND pid <> pg_backend_pid()
        """
      try await eventually {
        try await database.execute(closed) > 0
      }
      #expect(try await reading.value == 1)
    }
  }
}
