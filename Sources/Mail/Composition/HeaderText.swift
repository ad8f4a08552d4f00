internal import FoundationEssentials

/// Encodes free text as a header field (RFC 5322, RFC 2047).
///
/// The result is always one field: line breaks and other control characters become spaces first, and non-ASCII text
/// becomes encoded words.
enum HeaderText {
  /// The maximum length of a folded line in bytes.
  static let lineBytesMax = 78
  /// The maximum number of bytes in an encoded word: 64 letters with its delimiters, so that the field name fits into
  /// the line, too.
  private static let encodedWordBytesMax = 39
  /// A longer word cannot be folded, and is encoded.
  private static let plainWordBytesMax = 60

  /// A field with free text, such as a subject.
  static func field(_ name: String, _ text: String) -> String {
    let words = words(text)
    let mustEncode = words.contains { !isPlain($0) || $0.utf8.count > plainWordBytesMax }
    return folded(name + ":", mustEncode ? encodedWords(words.joined(separator: " ")) : words)
  }

  /// A field with an address, and the name of the person if it is known.
  static func field(_ name: String, _ address: MailAddress) -> String {
    let spec = "<\(address.address)>"
    let words = words(address.name)
    if words.isEmpty { return folded(name + ":", [address.address]) }
    let person = words.joined(separator: " ")
    if words.allSatisfy({ isPlain($0) && $0.utf8.count <= plainWordBytesMax }) {
      if words.allSatisfy({ $0.utf8.allSatisfy(MailAddress.isAtomByte) }) { return folded(name + ":", words + [spec]) }
      if person.utf8.count <= plainWordBytesMax { return folded(name + ":", [quoted(person), spec]) }
    }
    return folded(name + ":", encodedWords(person) + [spec])
  }

  /// The words of a text, separated by white space and control characters.
  private static func words(_ text: String) -> [String] {
    text.unicodeScalars.split { $0.properties.isWhitespace || isControl($0) }.map { String($0) }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }

  /// Whether a word needs no encoding in the field.
  private static func isPlain(_ word: String) -> Bool {
    word.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !word.contains("=?")
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for letter in text {
      if letter == "\"" || letter == "\\" { result.append("\\") }
      result.append(letter)
    }
    return result + "\""
  }

  /// White space between encoded words is not part of the text, so a long word may be cut between any two scalars.
  static func encodedWords(_ text: String) -> [String] {
    var chunks: [[UInt8]] = []
    var chunk: [UInt8] = []
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if chunk.count + bytes.count > encodedWordBytesMax {
        chunks.append(chunk)
        chunk = []
      }
      chunk += bytes
    }
    if !chunk.isEmpty { chunks.append(chunk) }
    return chunks.map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }
  }

  /// The words after `start`, folded into lines; a continuation line begins with a space.
  private static func folded(_ start: String, _ words: [String]) -> String {
    var text = start
    var width = start.utf8.count
    for word in words {
      if width + 1 + word.utf8.count > lineBytesMax && width > 1 && width != start.utf8.count {
        text += "\r\n"
        width = 0
      }
      text += " " + word
      width += 1 + word.utf8.count
    }
    return text
  }
}
