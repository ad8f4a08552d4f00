/// A range of addresses with a common prefix: `203.0.113.0/24`, `2001:db8::/32`, or a single address.
package struct CIDRBlock: Hashable, Sendable {
  private let first: IPAddress
  /// Bits that count, of 128.
  private let bits: Int

  /// Reads an address, or an address with the length of its prefix.
  ///
  /// Nil for anything else, also when bits after the prefix are set: in `10.1.2.3/8`, either the address or the length
  /// is probably wrong.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
    // An IPv4 address that is written as IPv6 counts its bits as IPv6 does.
    let isShort = address.isV4 && !parts[0].utf8.contains(UInt8(ascii: ":"))
    let width: UInt32 = isShort ? 32 : 128
    guard let given = parts.count == 1 ? width : IPv4Text.decimal(Array(parts[1].utf8)[...], max: width) else {
      return nil
    }
    bits = Int(given + (128 - width))
    first = address.masked(to: bits)
    guard first == address else { return nil }
  }

  /// Whether the address is one of the range.
  package func contains(_ address: IPAddress) -> Bool { address.masked(to: bits) == first }
}

extension CIDRBlock: CustomStringConvertible {
  /// The block as text, always with the length of the prefix.
  package var description: String { "\(first)/\(first.isV4 && bits >= 96 ? bits - 96 : bits)" }
}

extension IPAddress {
  /// The address with all but its first `bits` bits zero.
  func masked(to bits: Int) -> IPAddress {
    func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits)) }
    return IPAddress(high: high & mask(bits), low: low & mask(bits - 64))
  }
}
