// A module names the constraints that it expects callers to break. A name that no migration makes would never be found.

private let made = SourceFile(
  path: "migrations/0001_a.sql", text: "CREATE TABLE shop.thing (\n  CONSTRAINT thing_name_key UNIQUE (name)\n);\n")

private func module(_ text: String) -> SourceFile { SourceFile(path: "Sources/Things/ThingStore.swift", text: text) }

extension Rule {
  static let expectedConstraints = Rule(
    name: "the constraints that modules expect are constraints of the migrations",
    breaches: { files in
      let known = Set(
        files.filter { $0.isUnder("migrations") }.flatMap { file in
          file.text.matches(of: #/(?i)\b(?:CONSTRAINT|UNIQUE INDEX(?:\s+CONCURRENTLY)?)\s+(\w+)/#).map { String($0.1) }
        })
      return files.filter { $0.isUnder("Sources") && $0.has(".swift") && !$0.isUnder("Sources/Postgres") }.flatMap {
        file in
        let names =
          file.text.matches(of: #/violates\("([^"]+)"\)/#).map(\.1)
          + file.text.matches(of: #/expecting\(\s*\[([^\]]*)\]/#).flatMap { expected in
            expected.1.matches(of: #/"([^"]+)"\s*:/#).map(\.1)
          }
        return names.filter { name in
          guard let dot = name.firstIndex(of: ".") else { return true }
          return !known.contains(String(name[name.index(after: dot)...]))
        }.map { "\(file.path): no migration makes the constraint \($0); write schema.constraint" }
      }
    },
    refuses: [
      [made, module("try await expecting([\"shop.thing_nam_key\": ThingError.exists]) {")],
      [made, module("if error.violates(\"thing_name_key\") { return nil }")],
    ],
    accepts: [
      [
        made,
        module("try await expecting([\"shop.thing_name_key\": .exists]) {\nerror.violates(\"shop.thing_name_key\")"),
      ]
    ])
}
