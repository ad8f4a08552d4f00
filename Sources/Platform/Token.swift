/// Writes an opaque token: bytes behind a checksum, in text that fits into a URL.
///
/// A token is not a secret and carries no right. The checksum finds what was cut, retyped or made up carelessly.
package struct TokenWriter {
  private var bytes: [UInt8]

  /// A token of a kind; tokens of one kind are no tokens of another.
  package init(kind: UInt8) { bytes = [kind] }

  /// The integer's bytes, the highest first.
  package mutating func integer(_ value: some FixedWidthInteger) {
    for byte in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> byte))
    }
  }

  /// The token.
  package func text() -> String {
    let sum = Checksum.of(bytes)
    var all = bytes
    for shift: UInt32 in [24, 16, 8, 0] { all.append(UInt8(truncatingIfNeeded: sum >> shift)) }
    return Base64URL.encode(all)
  }
}

/// Reads what a ``TokenWriter`` wrote.
package struct TokenReader {
  private var rest: ArraySlice<UInt8>

  /// Nil when `text` is no token of that kind.
  package init?(_ text: String, kind: UInt8) {
    guard let all = Base64URL.decode(text), all.count >= 5 else { return nil }
    let sum = all.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard Checksum.of(all.dropLast(4)) == sum, all[0] == kind else { return nil }
    rest = all.dropFirst().dropLast(4)
  }

  /// The next integer; nil when the token is shorter.
  package mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
    let count = Integer.bitWidth / 8
    guard rest.count >= count else { return nil }
    let value = rest.prefix(count).reduce(Integer(0)) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    rest = rest.dropFirst(count)
    return value
  }

  /// Whether nothing is left to read, as it must be in the end.
  package var isAtEnd: Bool { rest.isEmpty }
}

/// FNV-1a, folded to 32 bits.
private enum Checksum {
  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var fingerprint = Fingerprint()
    for byte in bytes { fingerprint.add(byte) }
    return UInt32(truncatingIfNeeded: fingerprint.value ^ fingerprint.value >> 32)
  }
}

/// Tells whether two lists of values are the same, for telling requests apart: 64-bit FNV-1a.
package struct Fingerprint {
  /// The fingerprint so far.
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The fingerprint of nothing.
  package init() {}

  /// Adds a byte.
  package mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

  /// Adds a text and its end.
  package mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0xff)
  }
}
