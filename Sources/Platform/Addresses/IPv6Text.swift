/// The text form of IPv6 addresses. Sources: RFC 4291, section 2.2; RFC 5952.
enum IPv6Text {
  private static let colon = UInt8(ascii: ":")

  static func parse(_ bytes: ArraySlice<UInt8>) -> (high: UInt64, low: UInt64)? {
    guard let (head, tail) = halves(bytes) else { return nil }
    guard let front = groups(head, endsAddress: tail == nil) else { return nil }
    var all = front
    if let tail {
      guard let back = groups(tail, endsAddress: true), front.count + back.count < 8 else { return nil }
      all += Array(repeating: 0, count: 8 - front.count - back.count) + back
    }
    guard all.count == 8 else { return nil }
    let (high, low) = (all[..<4], all[4...])
    return (high.reduce(0) { $0 << 16 | UInt64($1) }, low.reduce(0) { $0 << 16 | UInt64($1) })
  }

  /// The parts before and after `::`; without it, everything is before. Nil when there are several `::`.
  private static func halves(_ bytes: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?)? {
    let gaps = bytes.indices.dropLast().filter { bytes[$0] == colon && bytes[$0 + 1] == colon }
    guard let gap = gaps.first else { return (bytes, nil) }
    return gaps.count == 1 ? (bytes[..<gap], bytes[(gap + 2)...]) : nil
  }

  /// Groups of 16 bits; the last two may be written as IPv4 where the address ends.
  private static func groups(_ bytes: ArraySlice<UInt8>, endsAddress: Bool) -> [UInt16]? {
    if bytes.isEmpty { return [] }
    let parts = bytes.split(separator: colon, omittingEmptySubsequences: false)
    guard parts.count <= 8 else { return nil }
    var groups: [UInt16] = []
    for (index, part) in parts.enumerated() {
      if endsAddress, index == parts.count - 1, let v4 = IPv4Text.parse(part) {
        groups += [UInt16(truncatingIfNeeded: v4 >> 16), UInt16(truncatingIfNeeded: v4)]
      } else {
        guard let group = hexadecimal(part) else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var value: UInt16 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt16(digit - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt16(digit - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return value
  }

  static func text(_ high: UInt64, _ low: UInt64) -> String {
    let groups = [high, low].flatMap { half in
      stride(from: UInt64(48), through: 0, by: -16).map { String(UInt16(truncatingIfNeeded: half >> $0), radix: 16) }
    }
    guard let gap = longestGap(groups) else { return groups.joined(separator: ":") }
    return groups[..<gap.lowerBound].joined(separator: ":") + "::" + groups[gap.upperBound...].joined(separator: ":")
  }

  /// The first of the longest runs of two zero groups or more.
  private static func longestGap(_ groups: [String]) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    while start < groups.count {
      let end = groups[start...].firstIndex { $0 != "0" } ?? groups.count
      if end - start >= 2 && end - start > (best?.count ?? 0) { best = start..<end }
      start = max(end, start) + 1
    }
    return best
  }
}
