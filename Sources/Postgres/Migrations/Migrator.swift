internal import EventLoop
internal import Logging

/// Brings a database's schema up to date, forward only. Several programs may run it at the same time: one works, the
/// others wait.
///
/// A script runs in a transaction of its own, which also records its checksum, unless it declares `no-transaction`.
public struct Migrator {
  /// Held while migrating; any number that nothing else uses.
  private static let lockKey: Int64 = 0x4661_7374_5368_6f70
  /// The pause before the lock is tried again. Who waits for it holds no snapshot: an index that is built concurrently
  /// waits for all snapshots, so the two would wait for each other.
  private static let turnPause: Duration = .milliseconds(100)
  /// The pauses until a warning says who has the lock.
  private static let pausesUntilReport = 50
  /// A migrator that stands still inside a transaction loses it, and the locks that others wait for, after so long.
  private static let silenceSeconds = 60
  /// The longest wait for a table: all others wait behind who waits for it.
  private static let lockTimeout = "SET lock_timeout = '1s'"
  /// The same where nobody waits behind.
  private static let longLockTimeout = "SET lock_timeout = '10min'"
  /// How often a script is run that does not get a lock; and the pauses, in which the others go on.
  private static let lockAttemptsMax = 60
  private static let lockPause: Duration = .milliseconds(500)

  private let migrations: [Migration]
  private let log = Logger(label: "fastshop.migrations")

  /// - Throws: ``MigrationError/sameNumber(_:_:)``.
  public init(_ migrations: [Migration]) throws(MigrationError) {
    self.migrations = migrations.sorted { $0.version < $1.version }
    for (one, next) in zip(self.migrations, self.migrations.dropFirst()) where one.version == next.version {
      throw .sameNumber(one.name, next.name)
    }
  }

  /// Applies what is missing. A database that is ahead is used if its other migrations say that they are compatible.
  /// - Returns: the names of the migrations that were applied.
  /// - Throws: ``MigrationError``; the migrations before the failing one stay applied.
  @discardableResult
  public func migrate(_ database: Database) async throws(MigrationError) -> [String] {
    let session: SimpleQuerySession
    do {
      session = try await SimpleQuerySession(database)
    } catch {
      throw .database(error)
    }
    defer { session.close() }
    var applied = try await AppliedMigrations(migrations, in: session)
    if !applied.missing.isEmpty {
      try await prepare(session, database.loop)
      applied = try await AppliedMigrations(migrations, in: session)
    }
    for name in applied.unknown {
      log.warning("the database has a compatible migration of a newer program", metadata: ["migration": "\(name)"])
    }
    for migration in applied.missing { try await apply(migration, session, database.loop) }
    return applied.missing.map(\.name)
  }

  /// Waits for its turn, for as long as others take, and makes the table of what was applied.
  private func prepare(_ session: SimpleQuerySession, _ loop: EventLoop) async throws(MigrationError) {
    do throws(PostgresError) {
      try await session.run(
        """
        SET statement_timeout = 0; SET client_min_messages = warning; \(Self.lockTimeout);
        SET idle_in_transaction_session_timeout = '\(Self.silenceSeconds)s';
        """)
      var pauses = 0
      while try await !session.rows("SELECT pg_try_advisory_lock(\(Self.lockKey)) AS locked")[0].bool("locked") {
        do { try await loop.sleep(for: Self.turnPause) } catch { throw .queryCancelled }
        pauses += 1
        if pauses == Self.pausesUntilReport { try await reportHolder(session) }
      }
      try await session.run(
        """
        CREATE TABLE IF NOT EXISTS public.schema_migration (
          version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now());
        ALTER TABLE public.schema_migration ADD COLUMN IF NOT EXISTS compatible boolean NOT NULL DEFAULT false;
        """)
    } catch {
      throw .database(error)
    }
  }

  /// Another program migrates, and takes long.
  private func reportHolder(_ session: SimpleQuerySession) async throws(PostgresError) {
    let holders = try await session.rows(
      """
      SELECT l.pid::text AS pid
        FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
         AND (l.classid::bigint << 32) + l.objid::bigint = \(Self.lockKey)
      """)
    let holder = try holders.first?.string("pid") ?? "unknown"
    log.warning("waiting for another program to migrate the database", metadata: ["session": "\(holder)"])
  }

  private func apply(
    _ migration: Migration, _ session: SimpleQuerySession, _ loop: EventLoop
  ) async throws(MigrationError) {
    do throws(PostgresError) {
      if migration.isTransaction {
        try await applyAsTransaction(migration, session, loop)
      } else {
        // An index waits for all transactions that began before it. Nobody waits for the index meanwhile.
        try await session.run(Self.longLockTimeout)
        try await session.run(SeparateStatements(migration.sql))
        try await record(migration, session)
        try await session.run(Self.lockTimeout)
      }
    } catch {
      throw .failed(migration.name, error)
    }
    log.notice("applied a migration", metadata: ["migration": "\(migration.name)"])
  }

  /// Runs the script again while other transactions hold what it has to lock.
  private func applyAsTransaction(
    _ migration: Migration, _ session: SimpleQuerySession, _ loop: EventLoop
  ) async throws(PostgresError) {
    var attempt = 1
    while true {
      do throws(PostgresError) {
        try await session.run("BEGIN")
        try await session.run(migration.sql)
        guard session.isInTransaction else {
          throw PostgresError.other(sqlstate: SQLState.noActiveTransaction, message: "the script ended the transaction")
        }
        try await record(migration, session)
        return try await session.run("COMMIT")
      } catch {
        guard error == .lockNotAvailable, attempt < Self.lockAttemptsMax else { throw error }
      }
      if attempt == 1 { log.notice("waiting for a lock", metadata: ["migration": "\(migration.name)"]) }
      attempt += 1
      try await session.run("ROLLBACK")
      do { try await loop.sleep(for: Self.lockPause) } catch { throw .queryCancelled }
    }
  }

  private func record(_ migration: Migration, _ session: SimpleQuerySession) async throws(PostgresError) {
    _ = try await session.rows(
      """
      INSERT INTO public.schema_migration (version, name, checksum, compatible)
      VALUES (\(migration.version), \(migration.name),
              encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex'), \(migration.isCompatible))
      """)
  }
}
