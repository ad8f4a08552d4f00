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
      guard UnsafeMemory.isTouched(by: file), !UnsafeMemory.isAllowed(in: file) else { return [] }
      return [": touches memory by hand; do it where that is done already, or list the file with a reason"]
    },
    Rule(
      name: "the list of unsafe files holds no file that has become safe",
      breaches: { files in
        // A tree without Sources is a sample of another rule.
        guard files.contains(where: { $0.path == "Package.swift" }) else { return [] }
        return UnsafeMemory.allowed.filter { entry in
          !files.contains {
            $0.name == entry.name && $0.isUnder(entry.folder) && UnsafeMemory.isTouched(by: $0)
          }
        }.map { "\($0.folder): \($0.name) is listed and is safe" }
      },
      refuses: [[SourceFile(path: "Package.swift", text: "")]],
      accepts: [[SourceFile(path: "Sources/Catalog/A.swift", text: "")]]),
  ]
}
