/// A place in a text and the words of the text format that can be read there.
struct TextFormatCursor {
  let text: [UInt8]
  var position = 0

  init(_ text: String) {
    self.text = Array(text.utf8)
  }

  func error(_ reason: String, at place: Int? = nil) -> TextFormatError {
    let before = text[..<min(place ?? position, text.count)]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return TextFormatError(
      reason: reason, path: "", line: 1 + before.count { $0 == UInt8(ascii: "\n") },
      column: before.count - lineStart + 1)
  }

  /// The byte here, 0 at the end.
  var here: UInt8 { position < text.count ? text[position] : 0 }

  /// Skips blanks and comments and gives the byte after them, 0 at the end.
  mutating func peek() -> UInt8 {
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: " "), 9, 10, 11, 12, 13: position += 1
      case UInt8(ascii: "#"):
        while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
      default: return text[position]
      }
    }
    return 0
  }

  var isAtEnd: Bool {
    mutating get {
      _ = peek()
      return position == text.count
    }
  }

  /// Takes this character if it comes next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character), position < text.count else { return false }
    position += 1
    return true
  }

  /// Takes a name of letters, digits and underscores.
  mutating func identifier() -> String? {
    _ = peek()
    return take { $0 == UInt8(ascii: "_") || TextFormatCursor.isLetter($0) }
  }

  /// Takes the text of a number of any form.
  mutating func numberText() -> String? {
    _ = peek()
    let start = position
    while let byte = position < text.count ? text[position] : nil {
      let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      let isExponentSign = isSign && position > start && text[position - 1] | 0x20 == UInt8(ascii: "e")
      guard byte == UInt8(ascii: ".") || isExponentSign || TextFormatCursor.isLetterOrDigit(byte) else { break }
      position += 1
    }
    return position > start ? String(decoding: text[start..<position], as: UTF8.self) : nil
  }

  /// Takes the URL of an Any up to its closing bracket, the opening one being taken already.
  mutating func typeURL() throws(TextFormatError) -> String {
    _ = peek()
    let start = position
    while TextFormatCursor.isURLByte(here) { position += 1 }
    let url = String(decoding: text[start..<position], as: UTF8.self)
    guard take("]") else { throw error("']' expected") }
    return url
  }

  /// Whether a byte may occur in the URL of an expanded Any.
  static func isURLByte(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || "._-/".utf8.contains(byte) }

  private mutating func take(_ isFirst: (UInt8) -> Bool) -> String? {
    guard isFirst(here) else { return nil }
    let start = position
    while here == UInt8(ascii: "_") || TextFormatCursor.isLetterOrDigit(here) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
