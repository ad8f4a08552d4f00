import Foundation

/// Where a function with a body begins and ends in a formatted Swift file.
///
/// swift-format has put every closing brace under the first letter of its declaration, so indentation is enough.
struct SwiftFunction {
  /// Counted from 1.
  let firstLine: Int
  let lineCount: Int

  static func all(in file: SourceFile) -> [SwiftFunction] {
    let lines = file.lines
    return lines.indices.compactMap { start in
      guard declares(lines[start]), let end = end(of: start, in: lines) else { return nil }
      return SwiftFunction(firstLine: start + 1, lineCount: end - start + 1)
    }
  }

  private static let keywords = ["func ", "init", "subscript"]

  private static func declares(_ line: Substring) -> Bool {
    // A search is far quicker than the expression.
    guard keywords.contains(where: { line.range(of: $0) != nil }) else { return false }
    return line.prefixMatch(of: #/ *(@\w+ )*([a-z]+(\([a-z]+\))? )*(func |init[?(<]|deinit |subscript[(<])/#) != nil
  }

  private static func end(of start: Int, in lines: [Substring]) -> Int? {
    let indent = lines[start].prefix { $0 == " " }
    if lines[start].hasSuffix("}") { return start }
    for index in lines.indices.dropFirst(start + 1) {
      let line = lines[index]
      guard line.hasPrefix(indent) else {
        if line.isEmpty { continue }
        return nil
      }
      let rest = line.dropFirst(indent.count)
      if rest.hasPrefix("}") { return index }
      // Still inside: deeper lines, and the signature's own closing parenthesis.
      guard rest.hasPrefix(" ") || rest.hasPrefix(")") || rest.hasPrefix("where ") || rest.hasPrefix("#") else {
        return nil
      }
    }
    return nil
  }
}
