import EventLoop
import Eventually
import FoundationEssentials
import Glibc
import Postgres
import PostgresTesting
import Testing

@Suite struct OutageTests {
  static func read(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.rows("SELECT 1 AS one") }
  }

  static func write(_ database: Database) async -> PostgresError? {
    await failure { try await database.execute("SELECT 1") }
  }

  static func transact(_ database: Database) async -> PostgresError? {
    await failure { _ = try await database.transaction { try await $0.execute("SELECT 1") } }
  }

  @Test func `without a server, everything fails soon`() async throws {
    try await onLoop(
      of: loops, url: "host=/tmp/there-is-no-server dbname=x",
      configure: {
        $0.outageWait = .milliseconds(500)
      }
    ) { database in
      let start = ContinuousClock.now
      let errors = await together(
        database,
        [
          { @Sendable in await Self.read($0) }, { @Sendable in await Self.write($0) },
          { @Sendable in await Self.transact($0) },
        ])
      #expect(errors == [.unavailable, .unavailable, .unavailable])
      // Far more than the half second that it waits, far less than any time-out of the system.
      #expect(ContinuousClock.now - start < .seconds(20))
      #expect(!database.isAvailable)
    }
  }

  @Test func `a URL that is none`() async throws {
    await #expect(throws: PostgresError.self) {
      try await onLoop(of: loops, url: "postgres://[") { _ in }
    }
  }

  @Test func `the server restarts and crashes under load: failures are plain, service comes back by itself`()
    async throws
  {
    let folder = "/tmp/fastshop-outage-\(getpid())"
    let server = try await Task.detached { try TestPostgres.startServer(folder: folder, isDurable: true) }.value
    defer {
      server.stop()
      try? FileManager.default.removeItem(atPath: folder)
    }
    let acknowledged = try await onLoop(
      of: loops, url: server.url,
      configure: {
        $0.outageWait = .milliseconds(500)
        $0.connectTimeout = .seconds(2)
      }
    ) { database in
      try await becomesReady(database, for: "CREATE TABLE IF NOT EXISTS done (id bigint PRIMARY KEY)")
      let load = Load(database)
      let workers = (0..<8).map { worker in load.start(worker) }
      try await eventually { load.successes > 200 }
      for end in [server.restart, server.crash] {
        let before = load.successes
        end()
        try await eventually { load.failures > 0 && !database.isAvailable }
        try await eventually { load.successes > before + 200 }
      }
      load.stop = true
      for worker in workers { await worker.value }
      #expect(load.strange.isEmpty, "\(load.strange)")
      return load.acknowledged
    }
    // All acknowledged changes are in the database.
    try await onLoop(of: loops, url: server.url) { database in
      let rows = try await database.rows("SELECT id FROM done")
      let kept = Set(try rows.map { row throws(PostgresError) in try row.int64("id") })
      #expect(acknowledged.subtracting(kept).isEmpty)
    }
  }
}

/// Reads and writes without end, and counts how they fare. On one loop.
private final class Load {
  let database: Database
  var stop = false
  var successes = 0
  var acknowledged: Set<Int64> = []
  var failures = 0
  var strange: [PostgresError] = []
  private var next: Int64 = 0

  init(_ database: Database) { self.database = database }

  func start(_ worker: Int) -> Task<Void, Never> {
    let bound = LoopBound(self, on: database.loop)
    return Task(executorPreference: database.loop) {
      while !bound.value.stop { await bound.value.step(worker) }
    }
  }

  private func step(_ worker: Int) async {
    next += 1
    let id = next
    do throws(PostgresError) {
      if worker % 2 == 0 {
        try await database.execute("INSERT INTO done VALUES (\(id))")
        acknowledged.insert(id)
      } else {
        _ = try await database.rows("SELECT \(id)::bigint AS id")
      }
      successes += 1
    } catch {
      failures += 1
      if ![.connectionLost, .outcomeUnknown, .unavailable].contains(error) { strange.append(error) }
      try? await database.loop.sleep(for: .milliseconds(5))
    }
  }
}
