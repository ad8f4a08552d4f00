internal import EventLoop
internal import Logging

/// Brings a database's schema up to date, forward only. Each script runs in a transaction of its own, which also
/// records its checksum. Several programs may run it at the same time: one works, the others wait.
public struct Migrator {
  /// Held while migrating; any number that nothing else uses.
  private static let lockKey: Int64 = 0x4661_7374_5368_6f70

  private let migrations: [Migration]
  private let log = Logger(label: "fastshop.migrations")

  /// - Throws: ``MigrationError/gap(expected:found:)`` unless the numbers are 1, 2, 3, ….
  public init(_ migrations: [Migration]) throws(MigrationError) {
    self.migrations = migrations.sorted { $0.version < $1.version }
    for (index, migration) in self.migrations.enumerated() where migration.version != index + 1 {
      throw .gap(expected: index + 1, found: migration.name)
    }
  }

  /// Applies what is missing.
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
    if try await isUpToDate(session) { return [] }
    try await prepare(session)
    let applied = try await self.applied(session)
    try check(applied)
    var names: [String] = []
    for migration in migrations.dropFirst(applied.count) {
      try await apply(migration, session)
      names.append(migration.name)
    }
    return names
  }

  /// Whether the schema is up to date. It only reads, so that a server can start on a database that it may not change.
  private func isUpToDate(_ session: SimpleQuerySession) async throws(MigrationError) -> Bool {
    do {
      let made = try await session.rows("SELECT to_regclass('public.schema_migration') IS NOT NULL AS made")
      guard try made.first?.bool("made") ?? false else { return false }
    } catch {
      throw .database(error)
    }
    let applied = try await self.applied(session)
    try check(applied)
    return applied.count == migrations.count
  }

  /// Waits for its turn, for as long as others take, and makes the table of what was applied.
  private func prepare(_ session: SimpleQuerySession) async throws(MigrationError) {
    do {
      try await session.run(
        """
        SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
        SET client_min_messages = warning;
        SELECT pg_advisory_lock(\(Self.lockKey));
        CREATE TABLE IF NOT EXISTS public.schema_migration (
          version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now());
        SET lock_timeout = '30s';
        """)
    } catch {
      throw .database(error)
    }
  }

  private struct Applied {
    let name: String
    let isUnchanged: Bool
  }

  /// The applied migrations in order, compared with those of the program. The server computes the checksums.
  private func applied(_ session: SimpleQuerySession) async throws(MigrationError) -> [Applied] {
    do {
      let rows = try await session.rows(
        """
        SELECT a.name, a.checksum = encode(sha256(convert_to(m.script, 'UTF8')), 'hex') AS unchanged
          FROM public.schema_migration a
          LEFT JOIN unnest(\(migrations.map(\.name))::text[], \(migrations.map(\.sql))::text[]) AS m (name, script)
                 USING (name)
         ORDER BY a.version
        """)
      var all: [Applied] = []
      for row in rows {
        all.append(Applied(name: try row.string("name"), isUnchanged: try row.optionalString("unchanged") == "t"))
      }
      return all
    } catch {
      throw .database(error)
    }
  }

  private func check(_ applied: [Applied]) throws(MigrationError) {
    for (index, one) in applied.enumerated() {
      guard index < migrations.count else { throw .unknown(one.name) }
      guard migrations[index].name == one.name, one.isUnchanged else { throw .changed(one.name) }
    }
  }

  private func apply(_ migration: Migration, _ session: SimpleQuerySession) async throws(MigrationError) {
    do throws(PostgresError) {
      try await session.run("BEGIN")
      try await session.run(migration.sql)
      guard session.isInTransaction else {
        throw PostgresError.other(sqlstate: SQLState.noActiveTransaction, message: "the script ended the transaction")
      }
      _ = try await session.rows(
        """
        INSERT INTO public.schema_migration (version, name, checksum)
        VALUES (\(migration.version), \(migration.name),
                encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex'))
        """)
      try await session.run("COMMIT")
    } catch {
      throw .failed(migration.name, error)
    }
    log.notice("applied a migration", metadata: ["migration": "\(migration.name)"])
  }
}
