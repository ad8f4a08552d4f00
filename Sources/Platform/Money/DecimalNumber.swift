/// A decimal number as machines write it: `-12.50`. It has at least one digit on each side of its point, and no
/// grouping, exponent, plus sign or blanks.
struct DecimalNumber: Hashable {
  /// The powers of ten that fit in 64 bits, by their exponent.
  static let powers: [Int64] = (0...18).map { (0..<$0).reduce(into: Int64(1)) { power, _ in power *= 10 } }

  /// All digits as a number: -1250.
  let digits: Int64
  /// The number of digits after the point, at most 18: 2.
  let decimals: Int

  /// Nil for any other text, and for a number that does not fit.
  init?(_ text: some StringProtocol) {
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    let parts = text.utf8.dropFirst(isNegative ? 1 : 0)
      .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    decimals = parts.count == 2 ? parts[1].count : 0
    guard decimals < Self.powers.count else { return nil }
    var digits: Int128 = 0
    for byte in parts.joined() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
      guard digits <= Int128(Int64.max) + 1 else { return nil }
    }
    guard let digits = Int64(exactly: isNegative ? -digits : digits) else { return nil }
    self.digits = digits
  }
}
