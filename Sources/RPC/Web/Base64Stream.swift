/// A decoder and encoder of base 64 in pieces of any length: `application/grpc-web-text`.
///
/// A sender pads whenever it flushes, so padding may appear between any two groups of four characters. Source:
/// `grpc/doc/PROTOCOL-WEB.md`, Text-encoded streams.
struct Base64Stream {
  /// The text is not base 64.
  struct Malformed: Error {}

  private var bits: UInt32 = 0
  /// Characters of the present group.
  private var characters = 0
  private var padding = 0

  /// Whether a group has begun and is not whole.
  var isInsideGroup: Bool { characters > 0 }

  /// Decodes the last `count` bytes of `buffer` in place. Each character yields a byte at most, so they fit.
  mutating func decodeLast(_ count: Int, of buffer: inout ByteBuffer) throws(Malformed) {
    if count == 0 { return }
    let text = buffer.start + (buffer.count - count)
    var written = 0
    for index in 0..<count {
      if let byte = try take(text[index]) {
        text[written] = byte
        written += 1
      }
    }
    buffer.removeLast(count - written)
  }

  private mutating func take(_ character: UInt8) throws(Malformed) -> UInt8? {
    if character == UInt8(ascii: "=") {
      guard characters >= 2 else { throw Malformed() }
      padding += 1
      characters += 1
      if characters == 4 { startGroup() }
      return nil
    }
    guard padding == 0, let value = Self.value(character) else { throw Malformed() }
    bits = bits << 6 | UInt32(value)
    characters += 1
    defer { if characters == 4 { startGroup() } }
    switch characters {
    case 2: return UInt8(truncatingIfNeeded: bits >> 4)
    case 3: return UInt8(truncatingIfNeeded: bits >> 2)
    case 4: return UInt8(truncatingIfNeeded: bits)
    default: return nil
    }
  }

  private mutating func startGroup() {
    bits = 0
    characters = 0
    padding = 0
  }

  private static func value(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x41...0x5a: character - 0x41
    case 0x61...0x7a: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Encodes the bytes after the first `kept` of `buffer` as base 64, padded.
  static func encode(from kept: Int, of buffer: inout ByteBuffer) {
    let count = buffer.count - kept
    if count == 0 { return }
    let grown = (count + 2) / 3 * 4
    _ = buffer.reserve(grown - count)
    buffer.claim(grown - count)
    let target = buffer.start + kept
    // From the end, so that the text does not run over bytes that are still to be read.
    for group in stride(from: (count + 2) / 3 - 1, through: 0, by: -1) {
      let first = group * 3
      let length = min(3, count - first)
      var bits = UInt32(target[first]) << 16
      if length > 1 { bits |= UInt32(target[first + 1]) << 8 }
      if length > 2 { bits |= UInt32(target[first + 2]) }
      for index in 0..<4 {
        let digit = Int(bits >> UInt32(18 - 6 * index)) & 63
        target[group * 4 + index] = index <= length ? alphabet[digit] : UInt8(ascii: "=")
      }
    }
  }
}
