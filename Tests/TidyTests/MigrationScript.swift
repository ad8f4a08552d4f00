import Foundation

/// What a migration makes, and which of it it explains.
struct MigrationScript {
  /// Without comments; dollar-quoted bodies and texts are kept whole.
  let statements: [String]
  /// Tables (`shop.thing`) and columns (`shop.thing.id`), in their order.
  private(set) var declared: [String] = []
  private(set) var explained: Set<String> = []

  init(_ text: String) {
    statements = Self.split(text)
    // A literal is compiled again each time that it is evaluated.
    let explanation = #/(?i)COMMENT\s+ON\s+(TABLE|COLUMN)\s+([\w.]+)\s+IS\s+'\s*[^'\s]/#
    let creation = #/(?i)CREATE\s+(UNLOGGED\s+)?TABLE\s+(IF\s+NOT\s+EXISTS\s+)?([\w.]+)\s*\(/#
    let change = #/(?i)ALTER\s+TABLE\s+([\w.]+)/#
    let addition = #/(?i)ADD\s+COLUMN\s+(IF\s+NOT\s+EXISTS\s+)?(\w+)/#
    for statement in statements {
      if let comment = statement.prefixMatch(of: explanation) {
        explained.insert(String(comment.2))
      } else if let table = statement.prefixMatch(of: creation) {
        declared.append(String(table.3))
        declared += Self.columns(of: statement[table.range.upperBound...]).map { "\(table.3).\($0)" }
      } else if let table = statement.prefixMatch(of: change) {
        declared += statement.matches(of: addition).map { "\(table.1).\($0.2)" }
      }
    }
  }

  private static let constraints: Set<String> = [
    "constraint", "primary", "foreign", "unique", "check", "exclude", "like",
  ]

  /// The names that begin the parts of a list that ends with the first unmatched parenthesis.
  private static func columns(of list: Substring) -> [Substring] {
    var depth = 0
    var parts: [Substring] = []
    var start = list.startIndex
    for index in list.indices {
      switch list[index] {
      case "(": depth += 1
      case ")" where depth > 0: depth -= 1
      case "," where depth == 0, ")":
        parts.append(list[start..<index])
        start = list.index(after: index)
        if list[index] == ")" { return parts.compactMap(columnName(of:)) }
      default: break
      }
    }
    return []
  }

  private static func columnName(of part: Substring) -> Substring? {
    let name = part.split(whereSeparator: \.isWhitespace).first
    return name.flatMap { constraints.contains($0.lowercased()) ? nil : $0 }
  }

  private static func split(_ text: String) -> [String] {
    var statements: [String] = []
    var current = ""
    var rest = Substring(text)
    let comment = #/--[^\n]*/#
    let quotation = #/'(?:[^']|'')*'|(\$\w*\$)(?:.|\n)*?\1/#
    while let letter = rest.first {
      if letter == "-", let comment = rest.prefixMatch(of: comment) {
        rest = rest[comment.range.upperBound...]
      } else if letter == "'" || letter == "$", let quoted = rest.prefixMatch(of: quotation) {
        current += quoted.output.0
        rest = rest[quoted.range.upperBound...]
      } else if letter == ";" {
        statements.append(current)
        current = ""
        rest.removeFirst()
      } else {
        current.append(letter)
        rest.removeFirst()
      }
    }
    statements.append(current)
    return statements.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
  }
}
