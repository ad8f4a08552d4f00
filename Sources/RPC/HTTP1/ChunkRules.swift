/// A strict check of a chunked body, byte by byte. The parser itself is lenient about line ends.
///
/// Source: RFC 9112, section 7.1. Extensions and trailer fields are allowed, must be short, and are ignored.
struct ChunkRules {
  /// Hexadecimal digits of a size: 4 GiB is more than any limit.
  private static let sizeDigitsMax = 8
  /// The maximum length of a chunk's extensions, or of a trailer field.
  private static let lineBytesMax = 1024
  /// The maximum number of trailer fields.
  private static let trailersMax = 32

  private enum Position {
    case size
    case `extension`
    case sizeEnd
    case data
    case dataReturn
    case dataEnd
    case trailer
    case trailerEnd
    case done
  }

  private var position = Position.size
  private var size = 0
  private var digits = 0
  private var lineBytes = 0
  private var trailers = 0

  /// Whether the last chunk and its end have been seen.
  var isComplete: Bool { position == .done }

  /// Checks the next bytes of the body, up to its end.
  /// - Returns: how many of them belong to the body.
  mutating func check(_ bytes: UnsafeRawBufferPointer) throws(HTTP1Refusal) -> Int {
    var index = 0
    while index < bytes.count && position != .done {
      if position == .data {
        let taken = min(size, bytes.count - index)
        size -= taken
        index += taken
        if size == 0 { position = .dataReturn }
      } else {
        try take(bytes[index])
        index += 1
      }
    }
    return index
  }

  private mutating func take(_ byte: UInt8) throws(HTTP1Refusal) {
    switch position {
    case .size: try takeSize(byte)
    case .extension: try takeLine(byte, end: .sizeEnd)
    case .sizeEnd:
      guard byte == 10 else { throw .malformed }
      digits = 0
      lineBytes = 0
      position = size == 0 ? .trailer : .data
    case .dataReturn:
      guard byte == 13 else { throw .malformed }
      position = .dataEnd
    case .dataEnd:
      guard byte == 10 else { throw .malformed }
      position = .size
    case .trailer: try takeLine(byte, end: .trailerEnd)
    case .trailerEnd:
      guard byte == 10 else { throw .malformed }
      if lineBytes == 0 {
        position = .done
      } else {
        trailers += 1
        if trailers > Self.trailersMax { throw .headersTooLarge }
        lineBytes = 0
        position = .trailer
      }
    case .data, .done: break
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(HTTP1Refusal) {
    if let digit = Self.digit(byte) {
      digits += 1
      if digits > Self.sizeDigitsMax { throw .malformed }
      size = size << 4 | digit
      return
    }
    guard digits > 0 else { throw .malformed }
    switch byte {
    case 13: position = .sizeEnd
    case UInt8(ascii: ";"): position = .extension
    default: throw .malformed
    }
  }

  private mutating func takeLine(_ byte: UInt8, end: Position) throws(HTTP1Refusal) {
    if byte == 13 {
      position = end
      return
    }
    lineBytes += 1
    if byte < 0x20 && byte != 9 || byte == 0x7f { throw .malformed }
    if lineBytes > Self.lineBytesMax { throw .headersTooLarge }
  }

  private static func digit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte - 0x30)
    case 0x41...0x46: Int(byte - 0x37)
    case 0x61...0x66: Int(byte - 0x57)
    default: nil
    }
  }
}
