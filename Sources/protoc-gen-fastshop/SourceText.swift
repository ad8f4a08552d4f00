/// Builds source code: lines with the indentation of their blocks.
struct SourceText {
  private(set) var text = ""
  private var depth = 0

  /// Adds a line; an empty one is not indented.
  mutating func line(_ line: String = "") {
    text += line.isEmpty ? "\n" : String(repeating: "  ", count: depth) + line + "\n"
  }

  /// Adds `opening`, what `body` adds one step deeper, and `closing`.
  mutating func block(_ opening: String, closing: String = "}", _ body: (inout SourceText) throws -> Void) rethrows {
    line(opening)
    depth += 1
    try body(&self)
    depth -= 1
    line(closing)
  }

  /// A comment of the .proto file as a string literal.
  static func literal(_ comment: String) -> String {
    let lines = comment.split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.map { $0.hasPrefix(" ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
    let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
    return "\"" + text[..<end].replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      + "\""
  }

  /// Adds a comment of the .proto file as a documentation comment; `otherwise` when there is none.
  mutating func documentation(_ comment: String, otherwise: String = "") {
    let lines = (comment.isEmpty ? otherwise : comment).split(separator: "\n", omittingEmptySubsequences: false)
    let trimmed = lines.map { $0.hasPrefix(" ") ? $0.dropFirst() : $0 }
    let last = trimmed.lastIndex { !$0.allSatisfy(\.isWhitespace) }
    guard let last else { return }
    for text in trimmed[...last] { line(text.isEmpty ? "///" : "/// \(text)") }
  }
}
