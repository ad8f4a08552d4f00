/// Whether bytes are UTF-8 and free of U+0000, as a `Text` must be.
package enum UTF8Check {
  case valid, hasNUL, invalid

  /// Reads `count` bytes at `start`.
  package static func check(_ start: UnsafeRawPointer, count: Int) -> UTF8Check {
    if isPlainASCII(start, count: count) { return .valid }
    var position = 0
    while position < count {
      let byte = start.load(fromByteOffset: position, as: UInt8.self)
      if byte == 0 { return .hasNUL }
      if byte < 0x80 {
        position += 1
      } else {
        let length = sequenceLength(start + position, available: count - position, first: byte)
        guard length > 0 else { return .invalid }
        position += length
      }
    }
    return .valid
  }

  /// Whether all bytes are from 1 to 0x7f; eight at a time, the last eight overlapping those before.
  @inline(__always)
  private static func isPlainASCII(_ start: UnsafeRawPointer, count: Int) -> Bool {
    guard count >= 8 else {
      for position in 0..<count {
        // 0 wraps round to 0xff.
        if start.load(fromByteOffset: position, as: UInt8.self) &- 1 >= 0x7f { return false }
      }
      return true
    }
    var odd = oddBits(start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    var position = 0
    while position + 8 < count {
      odd |= oddBits(start.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    return odd & 0x8080_8080_8080_8080 == 0
  }

  /// Has the high bit of a byte set if one of the eight is 0 or above 0x7f: with all high bits clear, subtracting 1
  /// from each byte sets the high bit of the lowest zero byte.
  @inline(__always)
  private static func oddBits(_ word: UInt64) -> UInt64 { word | (word &- 0x0101_0101_0101_0101) }

  /// Length of the well-formed sequence of more than one byte that starts here, by the Unicode standard's table
  /// 3-7 (no overlong forms, no surrogates, nothing above U+10FFFF); 0 if it is none.
  private static func sequenceLength(_ start: UnsafeRawPointer, available: Int, first: UInt8) -> Int {
    let length: Int
    let second: ClosedRange<UInt8>
    switch first {
    case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    default: return 0
    }
    guard available >= length, second.contains(start.load(fromByteOffset: 1, as: UInt8.self)) else { return 0 }
    for offset in 2..<max(length, 2) {
      guard start.load(fromByteOffset: offset, as: UInt8.self) & 0xc0 == 0x80 else { return 0 }
    }
    return length
  }
}
