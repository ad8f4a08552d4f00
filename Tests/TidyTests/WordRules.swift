// What has no place in a finished text. The words are put together here so that this file does not hold them itself.

private let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
private let somebodysFolders = ["work", "root", "home", "Users", "workspace"].map { "/" + $0 + "/" }

/// Inputs of the fuzzers are what they are.
private func isText(_ file: SourceFile) -> Bool { !file.isGenerated && !file.isUnder("Fuzz/Corpus") }

extension Rule {
  static let wordRules: [Rule] = [
    .eachLine(
      "nothing is left undone",
      in: isText,
      refuses: unfinished.map { SourceFile(path: "a.swift", text: "// \($0): later") },
      accepts: [SourceFile(path: "a.swift", text: "let todoList = 1 // XXXL, a size")]
    ) { line in
      words(of: line).first { unfinished.contains(String($0)) }.map { "\($0) in a finished file" }
    },
    .eachLine(
      "no path of one person's machine",
      in: isText,
      refuses: somebodysFolders.map { SourceFile(path: "a.sh", text: "cd \($0)fastshop") },
      accepts: [SourceFile(path: "a.sh", text: "ls network/root.pem Sources/home/a")]
    ) { line in
      somebodysFolders.first { folder in
        line.ranges(of: folder).contains {
          $0.lowerBound == line.startIndex || !isPathLetter(before: $0.lowerBound, in: line)
        }
      }.map { "names \($0)" }
    },
    .eachLine(
      "no line ends in blanks or holds a tab",
      in: { isText($0) && !$0.has("Makefile") },
      refuses: [SourceFile(path: "a.py", text: "a = 1 "), SourceFile(path: "a.py", text: "\ta = 1")],
      accepts: [SourceFile(path: "Makefile", text: "a:\n\tb")]
    ) { line in
      if line.hasSuffix(" ") { return "ends in a blank" }
      return line.contains("\t") ? "holds a tab" : nil
    },
    .eachFile(
      "every file ends with one line end",
      in: { isText($0) && !$0.text.isEmpty },
      refuses: [SourceFile(path: "a.py", text: "a = 1"), SourceFile(path: "a.py", text: "a = 1\n\n")],
      accepts: [SourceFile(path: "a.py", text: "a = 1\n")]
    ) { file in
      if !file.text.hasSuffix("\n") { return [": has no line end at its end"] }
      return file.text.hasSuffix("\n\n") ? [": ends with empty lines"] : []
    },
  ]

  private static func words(of line: Substring) -> [Substring] {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }

  private static func isPathLetter(before index: Substring.Index, in line: Substring) -> Bool {
    let previous = line[line.index(before: index)]
    return previous.isLetter || previous.isNumber || "_.-~}*$)".contains(previous)
  }
}
