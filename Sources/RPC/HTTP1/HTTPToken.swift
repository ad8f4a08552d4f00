/// The characters of HTTP's names. Source: RFC 9110, section 5.6.2.
package enum HTTPToken {
  private static let marks = Array("!#$%&'*+-.^_`|~".utf8)

  /// Whether a token may have this byte.
  package static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: marks.contains(byte)
    }
  }
}
