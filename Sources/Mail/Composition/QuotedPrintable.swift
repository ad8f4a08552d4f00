/// Text in any language, in lines of ASCII that every mail server passes on unchanged (RFC 2045, section 6.7).
enum QuotedPrintable {
  /// The maximum length of a line, with the soft line break.
  static let lineBytesMax = 76
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// Encodes `text`; line ends of all kinds become CR LF.
  static func encode(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + text.utf8.count / 8)
    for (index, line) in TextLines.split(text).enumerated() {
      if index > 0 { result += [0x0D, 0x0A] }
      encode(line, into: &result)
    }
    return result
  }

  private static func encode(_ line: [UInt8], into result: inout [UInt8]) {
    var width = 0
    for (index, byte) in line.enumerated() {
      let isLast = index == line.count - 1
      let piece = encoded(byte, atEnd: isLast)
      // A continued line needs space for the soft line break.
      if width + piece.count > (isLast ? lineBytesMax : lineBytesMax - 1) {
        result += [UInt8(ascii: "="), 0x0D, 0x0A]
        width = 0
      }
      result += piece
      width += piece.count
    }
  }

  private static func encoded(_ byte: UInt8, atEnd isLast: Bool) -> [UInt8] {
    let isBlank = byte == 0x20 || byte == 0x09
    let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
    if isPlain || (isBlank && !isLast) { return [byte] }
    return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }
}
