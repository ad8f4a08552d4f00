// Migrations explain themselves: they are read years later, by somebody with a broken database.

private func isMigration(_ file: SourceFile) -> Bool { file.isUnder("migrations") && file.has(".sql") }

private func migration(_ text: String, path: String = "migrations/0001_a.sql") -> SourceFile {
  SourceFile(path: path, text: text)
}

/// The last migration before migrations could declare it.
private let lastUndeclared = "0018_stock_rules.sql"

private let explained = """
  -- Why this exists.
  CREATE TABLE shop.thing (
    id uuid PRIMARY KEY,
    price bigint NOT NULL CONSTRAINT price_not_negative CHECK (price >= 0),
    size numeric(10, 2) NOT NULL,
    CONSTRAINT small CHECK (size < 10 AND (price > 0 OR size > 1))
  ) PARTITION BY HASH (id);
  COMMENT ON TABLE shop.thing IS 'A thing; one that''s here.';
  COMMENT ON COLUMN shop.thing.id IS 'UUIDv7.';
  COMMENT ON COLUMN shop.thing.price IS 'Minor units; never negative.';
  COMMENT ON COLUMN shop.thing.size IS 'In metres.';
  CREATE TABLE shop.thing_0 PARTITION OF shop.thing FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  """

extension Rule {
  static let migrationRules: [Rule] = [
    .eachFile(
      "every table and column of a migration has its comment",
      in: isMigration,
      refuses: [
        migration("CREATE TABLE a (b int);\nCOMMENT ON COLUMN a.b IS 'x';"),
        migration("CREATE TABLE a (b int);\nCOMMENT ON TABLE a IS 'x';"),
        migration("CREATE TABLE a (b int);\nCOMMENT ON TABLE a IS '';\nCOMMENT ON COLUMN a.b IS 'x';"),
        migration("ALTER TABLE a ADD COLUMN b int;"),
      ],
      accepts: [
        migration(explained), migration("ALTER TABLE a ADD COLUMN b int;\nCOMMENT ON COLUMN a.b IS 'x';"),
      ]
    ) { file in
      let script = MigrationScript(file.text)
      return script.declared.filter { !script.explained.contains($0) }.map { ": \($0) has no COMMENT" }
    },
    .eachFile(
      "every CHECK of a migration has a name",
      in: isMigration,
      refuses: [
        migration("CREATE TABLE a (b int CHECK (b > 0));"), migration("CREATE TABLE a (b int,\n  CHECK (b > 0));"),
      ],
      accepts: [migration(explained), migration("-- CHECK (that it holds)\nSELECT 1;")]
    ) { file in
      MigrationScript(file.text).statements.flatMap { statement in
        let checks = statement.matches(of: #/\bCHECK\s*\(/#.ignoresCase().wordBoundaryKind(.simple)).count
        let named = statement.matches(of: #/\bCONSTRAINT\s+\w+\s+CHECK\s*\(/#.ignoresCase().wordBoundaryKind(.simple))
          .count
        return checks == named ? [] : [": \(checks - named) CHECK without a name in: \(statement.prefix(60))"]
      }
    },
    .eachFile(
      "a migration is numbered and named",
      in: isMigration,
      refuses: ["1_a.sql", "0001-Add.sql", "20261130_a.sql"].map { migration("", path: "migrations/" + $0) },
      accepts: ["0012_orders_by_seller.sql", "202611300420_orders_by_seller.sql"]
        .map { migration("", path: "migrations/" + $0) }
    ) { file in
      file.name.wholeMatch(of: #/([0-9]{4}|[0-9]{12})_[a-z0-9_]+\.sql/#) == nil
        ? [": not NNNN_what_it_makes.sql, nor with the time in UTC, YYYYMMDDHHMM"] : []
    },
    .eachFile(
      "a migration declares whether programs that do not know it work with the schema after it",
      in: { isMigration($0) && $0.name > lastUndeclared },
      refuses: [migration("SELECT 1;", path: "migrations/0019_a.sql")],
      accepts: ["compatible", "incompatible"].map {
        migration("-- fastshop: \($0)\nSELECT 1;", path: "migrations/0019_a.sql")
      } + [migration("SELECT 1;", path: "migrations/0018_a.sql")]
    ) { file in
      file.text.contains(#/(?m)^-- fastshop: (in)?compatible$/#)
        ? [] : [": declares neither '-- fastshop: compatible' nor '-- fastshop: incompatible'"]
    },
    Rule(
      name: "no two migrations have the same number",
      breaches: { files in
        Dictionary(grouping: files.filter(isMigration).map(\.name).sorted()) { $0.prefix { $0 != "_" } }
          .values.filter { $0.count > 1 }.map { "migrations/\($0[1]): \($0[0]) has the same number" }
      },
      refuses: [[migration("", path: "migrations/0001_a.sql"), migration("", path: "migrations/0001_b.sql")]],
      accepts: [[migration("", path: "migrations/0001_a.sql"), migration("", path: "migrations/0003_b.sql")]]),
  ]
}
