// How long things may be: a line fits a window, a function a screen, a file one idea.

private let lineWidthMax = 120
private let functionLinesMax = 70
private let fileLinesMax = 400
private let testFileLinesMax = 600
private let medianFileLinesMax = 120

private func isCode(_ file: SourceFile) -> Bool {
  file.has(".swift", ".c", ".h", ".cc", ".py", ".sh", ".proto", ".sql") && !file.isGenerated
}

/// A row of a Markdown table, an address, a sentence that Postgres keeps.
private func isUnbreakable(_ line: Substring) -> Bool {
  line.hasPrefix("|") || line.contains("https://") || line.hasPrefix("COMMENT ON ")
}

private func sample(_ path: String, lines: Int) -> SourceFile {
  SourceFile(path: path, text: String(repeating: "let a = 1\n", count: lines))
}

private func sampleFunction(bodyLines: Int) -> SourceFile {
  let body = String(repeating: "    work()\n", count: bodyLines)
  return SourceFile(path: "Sources/A/A.swift", text: "struct A {\n  func a(\n    b: Int\n  ) {\n\(body)  }\n}\n")
}

extension Rule {
  static let sizeRules: [Rule] = [
    .eachLine(
      "no line is wider than \(lineWidthMax) characters",
      in: { (isCode($0) || $0.has(".md", "Makefile")) && !$0.isGenerated },
      refuses: [SourceFile(path: "a.py", text: String(repeating: "é", count: lineWidthMax + 1))],
      accepts: [
        SourceFile(path: "a.py", text: String(repeating: "é", count: lineWidthMax)),
        SourceFile(path: "a.md", text: "| " + String(repeating: "a table's row ", count: 20)),
        SourceFile(path: "a.sql", text: "COMMENT ON TABLE a IS '" + String(repeating: "prose ", count: 20) + "';"),
      ]
    ) { line in
      guard line.count > lineWidthMax, !isUnbreakable(line) else { return nil }
      return "\(line.count) characters"
    },
    .eachFile(
      "no function is longer than \(functionLinesMax) lines",
      in: { $0.has(".swift") && !$0.isGenerated },
      refuses: [sampleFunction(bodyLines: functionLinesMax)],
      accepts: [sampleFunction(bodyLines: functionLinesMax - 4)]
    ) { file in
      SwiftFunction.all(in: file).filter { $0.lineCount > functionLinesMax }
        .map { ":\($0.firstLine): a function of \($0.lineCount) lines" }
    },
    .eachFile(
      "no file holds two ideas: \(fileLinesMax) lines, tests \(testFileLinesMax)",
      in: isCode,
      refuses: [
        sample("Sources/A/A.swift", lines: fileLinesMax + 1), sample("Tests/A/A.swift", lines: testFileLinesMax + 1),
      ],
      accepts: [sample("Sources/A/A.swift", lines: fileLinesMax), sample("Tests/A/A.swift", lines: testFileLinesMax)]
    ) { file in
      let most = file.isUnder("Tests") ? testFileLinesMax : fileLinesMax
      return file.lineCount > most ? [": \(file.lineCount) lines, \(most) at most"] : []
    },
    Rule(
      name: "the median Swift file is under \(medianFileLinesMax) lines",
      breaches: { files in
        let sizes = files.filter { $0.has(".swift") && $0.isUnder("Sources") && !$0.isGenerated }.map(\.lineCount)
          .sorted()
        guard !sizes.isEmpty, sizes[sizes.count / 2] >= medianFileLinesMax else { return [] }
        return ["Sources: the median is \(sizes[sizes.count / 2]) lines"]
      },
      refuses: [[sample("Sources/A/A.swift", lines: 300), sample("Sources/A/B.swift", lines: 200)]],
      accepts: [
        [sample("Sources/A/A.swift", lines: 300), sample("Sources/A/B.swift", lines: 2)].reversed() + [
          sample("Sources/A/C.swift", lines: 3)
        ]
      ]),
  ]
}
