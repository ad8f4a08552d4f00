import Glibc

/// A JSON string in the text, between its quotes: UTF-8 with escapes.
struct JSONText {
  let start: UnsafePointer<UInt8>
  let count: Int
  let hasEscapes: Bool

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

extension JSONCursor {
  /// Takes a string, whose first quote is the next byte. Eight bytes at a time up to the closing quote.
  @inline(__always)
  mutating func string() throws(JSONError) -> JSONText {
    let first = next + 1
    var byte = first
    var hasEscapes = false
    var highBits: UInt64 = 0
    scan: while true {
      while end - byte >= 8 {
        let word = UnsafeRawPointer(byte).loadUnaligned(as: UInt64.self)
        let stop = JSONCursor.stops(in: word)
        if stop != 0 {
          let clean = stop.trailingZeroBitCount & ~7
          highBits |= word & ((1 << UInt64(clean)) &- 1)
          byte += clean / 8
          break
        }
        highBits |= word
        byte += 8
      }
      guard byte < end else { throw error(.malformed("a closing quote"), at: end) }
      switch byte.pointee {
      case UInt8(ascii: "\""): break scan
      case UInt8(ascii: "\\"):
        hasEscapes = true
        guard end - byte > 1 else { throw error(.malformed("a closing quote"), at: end) }
        byte += 2
      case 0..<0x20: throw error(.malformed("an escape instead of a control character"), at: byte)
      default:
        highBits |= UInt64(byte.pointee)
        byte += 1
      }
    }
    let text = JSONText(start: first, count: byte - first, hasEscapes: hasEscapes)
    next = byte + 1
    if highBits & 0x8080_8080_8080_8080 != 0, UTF8Check.check(first, count: text.count) != .valid {
      throw error(.invalidUnicode, at: first)
    }
    return text
  }

  /// The high bit of each byte that is a quote, a backslash or a control character. Exact for the first of them.
  @inline(__always)
  private static func stops(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5c)
    let isQuote = (quote &- ones) & ~quote
    let isBackslash = (backslash &- ones) & ~backslash
    let isControl = (word &- (ones &* 0x20)) & ~word
    return (isQuote | isBackslash | isControl) & (ones &* 0x80)
  }

  /// Undoes a string's escapes into `target`, which has room for `text.count` bytes. Returns the bytes written.
  func unescape(_ text: JSONText, into target: UnsafeMutablePointer<UInt8>) throws(JSONError) -> Int {
    var source = text.start
    let stop = text.start + text.count
    var written = 0
    while source < stop {
      if source.pointee != UInt8(ascii: "\\") {
        target[written] = source.pointee
        written += 1
        source += 1
        continue
      }
      // `string()` made sure that a byte follows.
      let escape = source[1]
      source += 2
      if escape == UInt8(ascii: "u") {
        let scalar = try unicodeEscape(&source, stop)
        for unit in UTF8.encode(scalar).unsafelyUnwrapped {
          target[written] = unit
          written += 1
        }
      } else {
        target[written] = try simpleEscape(escape, at: source - 1)
        written += 1
      }
    }
    return written
  }

  private func simpleEscape(_ byte: UInt8, at place: UnsafePointer<UInt8>) throws(JSONError) -> UInt8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "r"): 13
    case UInt8(ascii: "t"): 9
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "f"): 12
    default: throw error(.malformed("an escape that JSON knows"), at: place)
    }
  }

  /// The four digits after `\u`, and the second half of a surrogate pair.
  private func unicodeEscape(
    _ source: inout UnsafePointer<UInt8>, _ stop: UnsafePointer<UInt8>
  ) throws(JSONError) -> Unicode.Scalar {
    let place = source
    let unit = try hexadecimal(&source, stop)
    if unit == 0 { throw error(.nulInString, at: place) }
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xdc00, stop - source >= 6, source[0] == UInt8(ascii: "\\"), source[1] == UInt8(ascii: "u") else {
      throw error(.invalidUnicode, at: place)
    }
    source += 2
    let low = try hexadecimal(&source, stop)
    guard (0xdc00...0xdfff).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
    else { throw error(.invalidUnicode, at: place) }
    return scalar
  }

  private func hexadecimal(
    _ source: inout UnsafePointer<UInt8>, _ stop: UnsafePointer<UInt8>
  ) throws(JSONError) -> UInt32 {
    guard stop - source >= 4 else { throw error(.malformed("four hexadecimal digits"), at: source) }
    var value: UInt32 = 0
    for index in 0..<4 {
      guard let digit = Hexadecimal.digit(source[index]) else {
        throw error(.malformed("four hexadecimal digits"), at: source)
      }
      value = value << 4 | UInt32(digit)
    }
    source += 4
    return value
  }
}

extension JSONText {
  func equals(_ other: StaticString) -> Bool {
    count == other.utf8CodeUnitCount && memcmp(start, other.utf8Start, count) == 0
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// The form in error messages.
  var echoed: String { EchoedText.cut(utf8: bytes) }
}
