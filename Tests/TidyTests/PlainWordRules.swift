// Names are the field's terms. These words were metaphors in our names once; each has a term that every engineer knows.

/// What the field says instead, by the word that is out.
private let terms: [String: String] = [
  "crowd": "load", "deed": "sample request", "desk": "context", "horizon": "watermark",
  "innocent": "control client", "journey": "flow", "picture": "snapshot",
  "reception": "context", "siege": "attack", "sight": "visibility", "slate": "failure record",
  "spender": "holder of an allowance", "squatted": "unverified claim", "stage": "environment", "veil": "visibility",
  "warden": "supervisor", "witness": "unit of work",
]

/// Words that are out at the end of a type's or file's name of several words, and have their use elsewhere.
private let endings: [String: String] = [
  "arrival": "admission or match", "endpoint": "…Handlers", "letter": "message",
  "post": "mailer", "room": "…Module",
]

/// What is wrong with a name, or nil. An ending counts only in the name of a type or a file.
private func breach(inName name: Substring, isType: Bool) -> String? {
  let words = name.words.map { $0.lowercased() }
  for word in words {
    if let term = terms[word] { return "'\(name)' has the word '\(word)': the term is \(term)" }
  }
  guard isType, words.count >= 2, let last = words.last, let term = endings[last] else { return nil }
  return "'\(name)' ends in '\(last)': the term is \(term)"
}

/// What a line declares: `func lookUp`, `case deleted`, `class StreamLoad`, `def new_account`.
private struct Declaration {
  private static let types: Set<Substring> = ["class", "struct", "enum", "actor", "protocol", "typealias"]
  private static let keywords = types.union(["func", "let", "var", "case", "def"])

  let name: Substring
  let isType: Bool

  init?(_ line: Substring) {
    let tokens = line.split { !($0.isLetter || $0.isNumber || "_@/#\"".contains($0)) }
    guard let index = tokens.firstIndex(where: Self.keywords.contains), index + 1 < tokens.count,
      tokens[..<index].allSatisfy({ $0.allSatisfy { $0.isLetter || $0 == "@" } })
    else { return nil }
    name = tokens[index + 1]
    isType = Self.types.contains(tokens[index])
  }
}

private func isCode(_ file: SourceFile) -> Bool {
  (file.isUnder("Sources") || file.isUnder("Tests")) && file.has(".swift", ".py") && !file.isGenerated
}

extension Rule {
  static let plainWordRules: [Rule] = [
    .eachFile(
      "files are named with the field's terms",
      in: isCode,
      refuses: ["Sources/A/BasketRoom.swift", "Tests/E/small_crowd.py", "Sources/A/BasketVeil.swift"]
        .map { SourceFile(path: $0, text: "") },
      accepts: ["Sources/A/Crowded.swift", "Sources/A/Endpoint.swift", "Tests/E/test_rooms.py"]
        .map { SourceFile(path: $0, text: "") }
    ) { file in
      breach(inName: file.name.prefix { $0 != "." }, isType: true).map { [": \($0)"] } ?? []
    },
    .eachLine(
      "what is declared is named with the field's terms",
      in: isCode,
      refuses: [
        "public struct BasketEndpoint: BasketService {", "  private let desk: Int", "def wipe_slate(self):",
        "  static func veil(_ a: Int) {", "class Deed:",
      ].map { SourceFile(path: "Sources/A/A.swift", text: $0) },
      accepts: [
        "  func makeRoom(for bytes: Int) {", "/// A room with a veil.", "  public struct Endpoint: Sendable {",
        "  let crowded: Int", "  let tokenEndpoint: String", "  sql = \"SELECT slate\"",
      ].map { SourceFile(path: "Sources/A/A.swift", text: $0) }
    ) { line in
      Declaration(line).flatMap { breach(inName: $0.name, isType: $0.isType) }
    },
  ]
}
