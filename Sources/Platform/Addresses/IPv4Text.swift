/// The text form of IPv4 addresses: exactly four decimal numbers. Leading zeros are refused, because some parsers read
/// them as octal and would read another address.
enum IPv4Text {
  static func parse(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard let value = decimal(part, max: 255) else { return nil }
      number = number << 8 | value
    }
    return number
  }

  /// A decimal number without sign, blanks or leading zeros.
  static func decimal(_ digits: ArraySlice<UInt8>, max: UInt32) -> UInt32? {
    guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    var value: UInt32 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
    }
    return value <= max ? value : nil
  }

  static func text(_ number: UInt32) -> String {
    "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
  }
}
