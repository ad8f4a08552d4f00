/// The bytes that a request asks for (RFC 9110, section 14). Several ranges at once are answered with the whole.
enum ByteRange: Equatable {
  case whole
  /// Not empty, and within the whole.
  case part(Range<Int>)
  case unsatisfiable

  /// The range that a field `range` asks for, of so many bytes; a malformed one is ignored.
  init(_ field: String?, of total: Int) {
    guard let field, field.hasPrefix("bytes="), !field.contains(",") else {
      self = .whole
      return
    }
    let ends = field.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
      self = .whole
      return
    }
    // A number that is too large for an integer is larger than any blob.
    func number(_ text: Substring) -> Int? { text.isEmpty ? nil : Int(text) ?? .max }
    switch (number(ends[0]), number(ends[1])) {
    case (nil, nil): self = .whole
    case (nil, let count?):
      self = count == 0 || total == 0 ? .unsatisfiable : .part((total - min(count, total))..<total)
    case (let first?, let last):
      if let last, last < first {
        self = .whole
      } else if first >= total {
        self = .unsatisfiable
      } else {
        self = .part(first..<(min(last ?? .max, total - 1) + 1))
      }
    }
  }

  /// Without the white space around an element of a list (RFC 9110, section 5.6.1).
  private static func trimmed(_ element: Substring) -> Substring {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    guard let last = element.lastIndex(where: { !isSpace($0) }) else { return "" }
    return element[...last].drop(while: isSpace)
  }

  /// Whether a field `if-none-match` names the etag, or any.
  static func matches(_ field: String?, _ etag: String) -> Bool {
    guard let field else { return false }
    return field.split(separator: ",").contains { part in
      let tag = trimmed(part)
      return tag == "*" || tag == etag || tag == "W/\(etag)"
    }
  }
}
