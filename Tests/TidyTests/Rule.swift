import Testing

/// What we ask of the repository, with the proof that it can be broken: samples that it must refuse and accept.
struct Rule: Sendable, CustomTestStringConvertible {
  let name: String
  /// One sentence for each breach, beginning with the place.
  let breaches: @Sendable ([SourceFile]) -> [String]
  /// Each of these trees breaks the rule.
  let refuses: [[SourceFile]]
  /// None of these does, however close it comes.
  let accepts: [[SourceFile]]

  var testDescription: String { name }

  /// A rule about each file alone, for the files that `scope` chooses.
  static func eachFile(
    _ name: String,
    in scope: @escaping @Sendable (SourceFile) -> Bool,
    refuses: [SourceFile],
    accepts: [SourceFile],
    breaches: @escaping @Sendable (SourceFile) -> [String]
  ) -> Rule {
    Rule(
      name: name,
      breaches: { files in
        files.filter(scope).flatMap { file in breaches(file).map { "\(file.path)\($0)" } }
      },
      refuses: refuses.map { [$0] },
      accepts: accepts.map { [$0] })
  }

  /// A rule about each line alone; `breach` says what is wrong with it, or nil.
  static func eachLine(
    _ name: String,
    in scope: @escaping @Sendable (SourceFile) -> Bool,
    refuses: [SourceFile],
    accepts: [SourceFile],
    breach: @escaping @Sendable (Substring) -> String?
  ) -> Rule {
    eachFile(name, in: scope, refuses: refuses, accepts: accepts) { file in
      file.lines.enumerated().compactMap { index, line in breach(line).map { ":\(index + 1): \($0)" } }
    }
  }
}

extension Rule {
  static let all: [Rule] =
    sizeRules + nameRules + plainWordRules + safetyRules + wordRules + migrationRules + protoRules + listRules
    + documentationRules + packageListRules + pauseRules
    + [testReferences, expectedConstraints]
}
