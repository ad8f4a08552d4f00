/// The percent-encoding of `grpc-message`: bytes outside printable ASCII, and `%` itself, as `%XX` of the UTF-8.
///
/// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Status-Message.
package enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// `text` as it goes over the wire.
  package static func encode(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if isPlain(byte) {
        out.append(byte)
      } else {
        out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return out
  }

  /// The most bytes that one becomes.
  static let bytesPerByteMax = 3

  /// Bytes that a character becomes.
  static func size(_ scalar: Unicode.Scalar) -> Int {
    scalar.isASCII && isPlain(UInt8(ascii: scalar)) ? 1 : UTF8.width(scalar) * bytesPerByteMax
  }

  private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte <= 0x7e && byte != 0x25 }

  /// Never fails: invalid escapes are kept, as the protocol requires.
  package static func decode(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25, index + 2 < bytes.count, let high = hex(bytes[index + 1]),
        let low = hex(bytes[index + 2])
      {
        out.append(high << 4 | low)
        index += 3
      } else {
        out.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
