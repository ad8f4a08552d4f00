extension TextFormatCursor {
  /// Takes string literals in either quotes; those that follow each other are one.
  mutating func strings() throws(TextFormatError) -> [UInt8] {
    var bytes: [UInt8] = []
    guard peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") else { throw error("a string expected") }
    while peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") { try string(&bytes) }
    return bytes
  }

  private mutating func string(_ bytes: inout [UInt8]) throws(TextFormatError) {
    let quote = here
    position += 1
    while here != quote {
      guard position < text.count, here != UInt8(ascii: "\n") else { throw error("a closing quote expected") }
      let byte = here
      position += 1
      if byte == UInt8(ascii: "\\") {
        try escape(&bytes)
      } else {
        bytes.append(byte)
      }
    }
    position += 1
  }

  private mutating func escape(_ bytes: inout [UInt8]) throws(TextFormatError) {
    let letter = here
    position += 1
    switch letter {
    case UInt8(ascii: "n"): bytes.append(10)
    case UInt8(ascii: "r"): bytes.append(13)
    case UInt8(ascii: "t"): bytes.append(9)
    case UInt8(ascii: "a"): bytes.append(7)
    case UInt8(ascii: "b"): bytes.append(8)
    case UInt8(ascii: "v"): bytes.append(11)
    case UInt8(ascii: "f"): bytes.append(12)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): bytes.append(letter)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      bytes.append(try octal())
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      guard let value = hexadecimal(digits: 1...2) else { throw error("hexadecimal digits expected") }
      bytes.append(UInt8(value))
    case UInt8(ascii: "u"): try scalar(digits: 4, &bytes)
    case UInt8(ascii: "U"): try scalar(digits: 8, &bytes)
    default: throw error("unknown escape", at: position - 1)
    }
  }

  private mutating func octal() throws(TextFormatError) -> UInt8 {
    let start = position
    var value = 0
    while position - start < 3, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(here) {
      value = value * 8 + Int(here - UInt8(ascii: "0"))
      position += 1
    }
    guard let byte = UInt8(exactly: value) else { throw error("octal escape out of range", at: start) }
    return byte
  }

  private mutating func scalar(digits: Int, _ bytes: inout [UInt8]) throws(TextFormatError) {
    let start = position
    guard let value = hexadecimal(digits: digits...digits), let scalar = Unicode.Scalar(value) else {
      throw error("a Unicode scalar expected", at: start)
    }
    bytes.append(contentsOf: String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal(digits: ClosedRange<Int>) -> UInt32? {
    let start = position
    var value: UInt32 = 0
    while position - start < digits.upperBound, let digit = Hexadecimal.digit(here) {
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return position - start >= digits.lowerBound ? value : nil
  }
}
