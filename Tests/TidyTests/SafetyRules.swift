// Where memory is touched by hand is a short, known list; everywhere else the compiler answers for it.

/// Files with transactions that are no change of the shop: the queue of jobs itself, upkeep, and rows in bulk.
private let transactions: Set<String> = [
  "Sources/Catalog/DigitalGoods/MadeGoods.swift", "Sources/Catalog/Media/DrawnImage.swift",
  "Sources/Catalog/Prices/PriceConversionStart.swift", "Sources/Catalog/Prices/ShopCurrency.swift",
  "Sources/DemoShop/DemoShop.swift",
  "Sources/Platform/Audit/AuditRetention.swift", "Sources/Platform/Jobs/Queue/JobQueue.swift",
  "Sources/Platform/Jobs/Schedules/JobScheduler.swift",
]

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
    .eachFile(
      "what weakens the program for its tests is in no release build",
      in: { $0.has(".swift") && $0.isUnder("Sources") },
      refuses: [
        "let a = Cost.ofTests", "#if DEBUG\n#endif\nlet a = Cost.ofTests",
        "#if DEBUG\n#else\n\"FASTSHOP_TEST_A\"\n#endif",
      ].map { SourceFile(path: "Sources/Catalog/A.swift", text: $0) },
      accepts: ["  #if DEBUG\n  let a = Cost.ofTests\n  #endif\n", "let often = 1"]
        .map { SourceFile(path: "Sources/Catalog/A.swift", text: $0) }
    ) { file in
      var isDebug = false
      return file.lines.enumerated().compactMap { number, line in
        let code = line.drop { $0 == " " }
        if code.hasPrefix("#") { isDebug = code == "#if DEBUG" }
        let isWeak = code.contains("ofTests") || code.contains("\"FASTSHOP_TEST_")
        return isWeak && !isDebug ? ":\(number + 1): belongs between #if DEBUG and #endif" : nil
      }
    },
    .eachLine(
      "changes go through a unit of work: nobody else opens a transaction",
      in: { file in
        file.has(".swift") && file.isUnder("Sources") && !file.isUnder("Sources/Postgres")
          && !transactions.contains(file.path)
      },
      refuses: [SourceFile(path: "Sources/Catalog/A.swift", text: "try await database.transaction { a in")],
      accepts: [SourceFile(path: "Sources/Catalog/A.swift", text: "try await database.work(as: b) { a in")]
    ) { line in
      line.contains(".transaction {") ? "opens a transaction; ask for a unit of work, or list the file" : nil
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
