// A name says what is inside. Drawers for junk, and parts by number or by kind, do not.

private let drawers: Set<String> = [
  "Util", "Utils", "Utilities", "Common", "Helper", "Helpers", "Manager", "Managers", "Core", "Misc", "Shared",
  "Types", "Extensions",
]

extension Substring {
  /// The words of a camel-case or snake-case name: `PostgresUtils`, `postgres_utils`, `Postgres+Utils` have two each.
  var words: [String] {
    matches(of: #/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/#).map {
      $0.output.prefix(1).uppercased() + $0.output.dropFirst()
    }
  }
}

/// What is wrong with a file's, folder's or type's name, or nil.
private func breach(inName name: Substring) -> String? {
  let words = name.words
  guard let last = words.last else { return nil }
  if drawers.contains(last) { return "'\(name)' says nothing about what is inside" }
  if words.count >= 2, Int(last) != nil, words[words.count - 2] == "Part" { return "'\(name)' is parted by number" }
  return nil
}

private let typeKeywords: Set<Substring> = ["class", "struct", "enum", "actor", "protocol"]

/// The C structs of protobuf's own well-known types, and the types of products: what they are called everywhere.
private let excepted: Set<Substring> = [
  "CProtobufTypes", "placeholder_CProtobufTypes", "ProductTypes", "0027_product_types", "test_product_types",
]

extension Rule {
  static let nameRules: [Rule] = [
    .eachFile(
      "files and folders say what is inside",
      in: { $0.path.contains("/") },
      refuses: [
        "Sources/A/PostgresUtils.swift", "Sources/Common/A.swift", "Sources/A/String+Extensions.swift",
        "Tests/E/test_helpers.py", "Sources/A/PlannerPart2.swift", "Scripts/util.sh",
      ].map { SourceFile(path: $0, text: "") },
      accepts: ["Sources/A/TypeName.swift", "Sources/CProtobufTypes/a.c", "Sources/A/Partition2.swift"]
        .map { SourceFile(path: $0, text: "") }
    ) { file in
      let stem = file.name.prefix { $0 != "." }
      return (file.folders + [stem]).filter { !excepted.contains($0) }.compactMap(breach(inName:)).map { ": \($0)" }
    },
    .eachLine(
      "types say what they are",
      in: { $0.has(".swift") && !$0.isGenerated },
      refuses: [
        SourceFile(path: "a.swift", text: "final class ConnectionManager {}"),
        SourceFile(path: "a.swift", text: "  enum DateUtils {"),
      ],
      accepts: [SourceFile(path: "a.swift", text: "struct Commons {}\n// a class of Helpers")]
    ) { line in
      let words = line.split(separator: " ")
      guard let index = words.firstIndex(where: typeKeywords.contains), index + 1 < words.count,
        words[..<index].allSatisfy({ $0.allSatisfy(\.isLowercase) })
      else { return nil }
      return breach(inName: words[index + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    },
  ]
}
