/// Base 64 as RFC 4648 has it. Reading takes the standard alphabet and the URL-safe one, padded or not.
enum Base64 {
  /// Room that decoding `count` characters may need, in bytes.
  static func decodedCountMax(_ count: Int) -> Int { count / 4 * 3 + 3 }

  /// Decodes into `target`, which has room for `decodedCountMax` bytes. Nil if the text is not base 64.
  static func decode(_ text: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>) -> Int? {
    var count = text.count
    var padding = 0
    while count > 0, padding < 2, text[count - 1] == UInt8(ascii: "=") {
      count -= 1
      padding += 1
    }
    guard padding == 0 || text.count % 4 == 0, count % 4 != 1 else { return nil }
    var written = 0
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    for index in 0..<count {
      let value = values[Int(text[index])]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        target[written] = UInt8(truncatingIfNeeded: bits >> bitCount)
        written += 1
      }
    }
    return written
  }

  /// The decoded bytes of `text`. Nil if it is not base 64.
  static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { characters in
      var isRight = true
      let bytes = [UInt8](unsafeUninitializedCapacity: decodedCountMax(characters.count)) { target, count in
        guard let start = target.baseAddress else { return }
        let written = decode(UnsafeRawBufferPointer(characters), into: start)
        count = written ?? 0
        isRight = written != nil
      }
      return isRight ? bytes : nil
    }
  }

  /// Writes the standard alphabet, padded.
  static func encode(_ bytes: UnsafeRawBufferPointer, to output: inout OutputText) {
    var index = 0
    while bytes.count - index >= 3 {
      let bits = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
      for shift: UInt32 in [18, 12, 6, 0] { output.append(digit(bits >> shift)) }
      index += 3
    }
    switch bytes.count - index {
    case 1:
      let bits = UInt32(bytes[index]) << 4
      output.append(digit(bits >> 6))
      output.append(digit(bits))
      output.append("==")
    case 2:
      let bits = (UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])) << 2
      for shift: UInt32 in [12, 6, 0] { output.append(digit(bits >> shift)) }
      output.append("=")
    default: break
    }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each character; 255 for those that are none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

  private static func digit(_ bits: UInt32) -> UInt8 { alphabet[Int(bits & 63)] }
}
