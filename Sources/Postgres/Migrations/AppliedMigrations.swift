/// The migrations that a database has, compared with those of a program. They are a set: a migration with a lower
/// number than one that was applied may still be missing, when it was written in a branch that was merged later.
struct AppliedMigrations {
  /// Those of the program that the database lacks, in the order of their numbers.
  let missing: [Migration]
  /// The names of those that the program does not know, and that say that it may use the database all the same.
  let unknown: [String]

  /// Reads them. It changes nothing, so that a server can start on a database that it may not change.
  /// - Parameter migrations: those of the program, in the order of their numbers.
  /// - Throws: ``MigrationError`` if the program must not use the database.
  init(_ migrations: [Migration], in session: SimpleQuerySession) async throws(MigrationError) {
    let rows: [AppliedMigration]
    do {
      rows = try await AppliedMigration.all(migrations, in: session)
    } catch {
      throw .database(error)
    }
    for row in rows {
      if row.isKnown && !row.isUnchanged { throw .changed(row.name) }
      if row.isKnown { continue }
      if !row.isCompatible { throw .unknown(row.name) }
      if let own = migrations.first(where: { $0.version == row.version }) { throw .sameNumber(row.name, own.name) }
    }
    let names = Set(rows.map(\.name))
    missing = migrations.filter { !names.contains($0.name) }
    unknown = rows.filter { !$0.isKnown }.map(\.name)
  }
}

private struct AppliedMigration {
  let version: Int64
  let name: String
  let isCompatible: Bool
  let isKnown: Bool
  let isUnchanged: Bool

  /// Those of the database in the order of their numbers. The server computes the checksums.
  static func all(
    _ migrations: [Migration], in session: SimpleQuerySession
  ) async throws(PostgresError) -> [AppliedMigration] {
    let made = try await session.rows("SELECT to_regclass('public.schema_migration') IS NOT NULL AS made")
    guard try made.first?.bool("made") ?? false else { return [] }
    // Former programs made the table without the column `compatible`.
    let rows = try await session.rows(
      """
      SELECT a.version, a.name, coalesce((to_jsonb(a) ->> 'compatible')::boolean, false) AS compatible,
             m.name IS NOT NULL AS known,
             coalesce(a.checksum = encode(sha256(convert_to(m.script, 'UTF8')), 'hex'), false) AS unchanged
        FROM public.schema_migration a
        LEFT JOIN unnest(\(migrations.map(\.name))::text[], \(migrations.map(\.sql))::text[]) AS m (name, script)
               ON m.name = a.name
       ORDER BY a.version
      """)
    var all: [AppliedMigration] = []
    for row in rows {
      all.append(
        AppliedMigration(
          version: try row.int64("version"), name: try row.string("name"), isCompatible: try row.bool("compatible"),
          isKnown: try row.bool("known"), isUnchanged: try row.bool("unchanged")))
    }
    return all
  }
}
