/// The statements of a script that declares `no-transaction`. Each ends at the end of a line. Each takes effect by
/// itself, so an interrupted script is run again from its beginning: each must have no effect the second time.
struct SeparateStatements {
  /// A statement that builds an index while others write to its table.
  struct IndexBuild: Equatable {
    let name: String
    let table: String
  }

  /// Each statement, and the index that it builds.
  let all: [(sql: String, builds: IndexBuild?)]

  init(_ script: String) {
    var statements: [String] = []
    var lines: [Substring] = []
    for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("--") { continue }
      lines.append(line)
      guard line.reversed().first(where: { !$0.isWhitespace }) == ";" else { continue }
      statements.append(lines.joined(separator: "\n"))
      lines = []
    }
    let rest = lines.joined(separator: "\n")
    if rest.contains(where: { !$0.isWhitespace }) { statements.append(rest) }
    all = statements.map { ($0, Self.build(in: $0)) }
  }

  private static func build(in statement: String) -> IndexBuild? {
    let form =
      #/
      (?i) \s* CREATE \s+ (?:UNIQUE\s+)? INDEX \s+ CONCURRENTLY \s+ (?:IF\s+NOT\s+EXISTS\s+)?
      (\w+) \s+ ON \s+ (?:ONLY\s+)? ([\w.]+)
      /#
    return statement.prefixMatch(of: form).map { IndexBuild(name: String($0.1), table: String($0.2)) }
  }
}

extension SimpleQuerySession {
  /// Runs the statements that have not had their effect. An index that was built is not built again; one that an
  /// interrupted attempt has left half built, which Postgres marks as invalid, is dropped first.
  func run(_ statements: SeparateStatements) async throws(PostgresError) {
    for (sql, build) in statements.all {
      guard let build else {
        try await run(sql)
        continue
      }
      let found = try await rows(
        """
        SELECT x.indisvalid AND x.indisready AS valid, format('%I.%I', n.nspname, c.relname) AS name
          FROM pg_index x
          JOIN pg_class c ON c.oid = x.indexrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE x.indrelid = to_regclass(\(build.table)) AND c.relname = lower(\(build.name))
        """)
      if let index = found.first {
        if try index.bool("valid") { continue }
        try await run("DROP INDEX CONCURRENTLY IF EXISTS \(try index.string("name"))")
      }
      try await run(sql)
    }
  }
}
