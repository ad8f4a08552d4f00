/// An IPv4 or IPv6 address as a number of 128 bits. IPv4 addresses are mapped into IPv6 (`::ffff:0:0/96`), so both
/// forms of an address are equal.
package struct IPAddress: Hashable, Sendable {
  private static let v4Range: UInt64 = 0xffff_0000_0000

  /// The first 64 bits: all of IPv6's network part.
  package let high: UInt64
  /// The last 64 bits.
  package let low: UInt64

  /// The address of these halves.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The address of this number, as ``Peer/address`` has it.
  package init(_ number: UInt128) {
    self.init(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
  }

  /// The IPv4 address of these 32 bits.
  package init(v4: UInt32) { self.init(high: 0, low: Self.v4Range | UInt64(v4)) }

  /// Whether it is IPv4.
  package var isV4: Bool { high == 0 && low >> 32 == Self.v4Range >> 32 }

  /// `203.0.113.9`, `2001:db8::1`, `::ffff:203.0.113.9`. Nil for anything else: a name, a zone (`fe80::1%eth0`), octal
  /// or hexadecimal parts, blanks.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      guard let (high, low) = IPv6Text.parse(bytes[...]) else { return nil }
      self.init(high: high, low: low)
    } else {
      guard let v4 = IPv4Text.parse(bytes[...]) else { return nil }
      self.init(v4: v4)
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// The usual form, for IPv6 that of RFC 5952.
  package var description: String { isV4 ? IPv4Text.text(UInt32(truncatingIfNeeded: low)) : IPv6Text.text(high, low) }
}
