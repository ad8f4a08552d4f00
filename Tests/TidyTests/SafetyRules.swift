// Where memory is touched by hand is a short, known list; everywhere else the compiler answers for it.

extension Rule {
  static let safetyRules: [Rule] = [
    .eachLine(
      "no forced try",
      in: { $0.has(".swift") && !$0.isGenerated },
      refuses: [SourceFile(path: "a.swift", text: "let a = try" + "! b()")],
      accepts: [SourceFile(path: "a.swift", text: "let a = try? b()\nif !retry {}")]
    ) { line in
      line.contains("try" + "!") ? "a forced try ends the process on bad luck" : nil
    },
    .eachFile(
      "unsafe memory only in the files that are listed for it",
      in: { $0.has(".swift") && $0.isUnder("Sources") && !$0.isGenerated },
      refuses: ["func a(_ p: UnsafeRawPointer) {}", "  b.withUnsafeBytes { $0.count }", "let a = unsafe b()"]
        .map { SourceFile(path: "Sources/Catalog/A.swift", text: $0) },
      accepts: [SourceFile(path: "Sources/Catalog/A.swift", text: "/// No UnsafeRawPointer here.\nfunc a() {}")]
    ) { file in
      guard UnsafeMemory.isTouched(by: file), !UnsafeMemory.allowed.contains(file.path) else { return [] }
      return [": touches memory by hand; do it where that is done already, or list the file with a reason"]
    },
    Rule(
      name: "the list of unsafe files holds no file that has become safe",
      breaches: { files in
        let known = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
        // A tree without Sources is a sample of another rule.
        return UnsafeMemory.allowed.sorted().filter { path in
          guard let file = known[path] else { return known.keys.contains("Package.swift") }
          return !UnsafeMemory.isTouched(by: file)
        }
      },
      refuses: [
        UnsafeMemory.allowed.sorted().prefix(1).map { SourceFile(path: $0, text: "let safe = true\n") },
        [SourceFile(path: "Package.swift", text: "")],
      ],
      accepts: [[SourceFile(path: "Sources/Catalog/A.swift", text: "")]]),
  ]
}
