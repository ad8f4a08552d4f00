package import EventLoop
internal import Logging
package import Postgres

/// The periodic work on the database: it creates partitions in advance, drops old ones, and deletes old requests. Every
/// server does it; concurrent runs are harmless.
package final class Upkeep: Sendable {
  private static let interval: Duration = .seconds(6 * 3600)
  private static let keysInterval: Duration = .seconds(3)
  private static let pauseAfterFailure: Duration = .seconds(30)
  /// Requests that one statement forgets.
  private static let requestsForgottenMax = 5_000

  /// Something that a module needs done.
  package typealias Chore = @Sendable (Database) async throws -> Void

  private let loop: EventLoop
  private let chores: [Chore]
  private let upkeep: LoopTask
  private let keyReading: LoopTask

  /// Upkeep by the connections of `loop`, with what the modules need done.
  package init(loop: EventLoop, chores: [Chore] = []) {
    self.loop = loop
    self.chores = chores
    upkeep = LoopTask(on: loop)
    keyReading = LoopTask(on: loop)
  }

  /// Does it now, and several times a day.
  package func start() {
    upkeep.start { [self] in await run() }
    keyReading.start { [self] in await lookForKeys() }
  }

  /// Ends it.
  package func stop() async {
    await upkeep.stop()
    await keyReading.stop()
  }

  private func run() async {
    let log = Logger(label: "fastshop.upkeep")
    while !Task.isCancelled {
      var pause = Self.interval
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        try await Self.keepUp(database)
        if let vault = loop.vault { await dropAudited(database, vault.auditKeys, log) }
        for chore in chores { try await chore(database) }
      } catch {
        log.warning("database maintenance failed", metadata: ["reason": "\(error)"])
        pause = Self.pauseAfterFailure
      }
      try? await loop.sleep(for: pause)
    }
  }

  /// A partition that cannot be dropped stays, and does not prevent other work.
  private func dropAudited(_ database: Database, _ keys: AuditKeys, _ log: Logger) async {
    do {
      _ = try await AuditRetention(keys, now: .nowAtMost).run(database)
    } catch {
      log.error("old months of the audit log could not be deleted", metadata: ["reason": "\(error)"])
    }
  }

  /// Takes new keys into the vault before anybody seals with them: see ``DataKeys/settlingSeconds``.
  private func lookForKeys() async {
    let log = Logger(label: "fastshop.vault")
    var failure = ""
    while (try? await loop.sleep(for: Self.keysInterval)) != nil {
      guard let database = loop.database, let vault = loop.vault, database.isAvailable else { continue }
      do {
        try await vault.reload(database)
        failure = ""
      } catch {
        if "\(error)" != failure { log.error("the data keys cannot be read", metadata: ["reason": "\(error)"]) }
        failure = "\(error)"
      }
    }
  }

  /// Events are kept for 35 days, requests for 24 hours, by the clock of retention, which a step of the database's
  /// clock moves by a day at most. Of audited actions: ``AuditRetention``.
  package static func keepUp(_ database: Database) async throws(PostgresError) {
    try await makePartitions(database)
    try await database.execute("SELECT platform.advance_retention()")
    try await database.execute("SELECT platform.drop_old_events(\(Query.kept("interval '35 days'")))")
    try await forgetRequests(database)
  }

  /// Makes the partitions that the present and the next days need.
  package static func makePartitions(_ database: Database) async throws(PostgresError) {
    try await database.execute(
      "SELECT platform.make_partitions(name::regclass, unit, ahead) FROM platform.partitioned_table")
  }

  /// In batches, so that no statement takes long and no lock is held for long.
  private static func forgetRequests(_ database: Database) async throws(PostgresError) {
    var forgotten = requestsForgottenMax
    while forgotten == requestsForgottenMax {
      forgotten = try await database.execute(
        """
        DELETE FROM platform.request r
         USING (SELECT caller, method, id
                  FROM platform.request
                 WHERE at < platform.retention_time() - interval '24 hours'
                 ORDER BY at
                 LIMIT \(requestsForgottenMax)) old
         WHERE (r.caller, r.method, r.id) = (old.caller, old.method, old.id)
        """)
    }
  }
}

extension Query {
  /// An interval: so long is kept what grows old by the clock of retention, for a function that counts from `now()`.
  package static func kept(_ interval: Query) -> Query { "\(interval) + (now() - platform.retention_time())" }
}
