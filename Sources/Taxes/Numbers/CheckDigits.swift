/// Sums over the digits of a number, as check digits are computed.
enum CheckDigits {
  /// The digits of a text; letters count as 0.
  static func digits(_ text: some StringProtocol) -> [Int] {
    text.utf8.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) ? Int($0 - UInt8(ascii: "0")) : 0 }
  }

  /// The sum of the first digits, each times its weight.
  static func sum(_ digits: [Int], _ weights: [Int]) -> Int { zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The digits as a number, which may have 15.
  static func number(_ digits: some Sequence<Int>) -> Int { digits.reduce(0) { $0 * 10 + $1 } }

  /// Whether the last digit is that of Luhn.
  static func isLuhn(_ digits: [Int]) -> Bool {
    let sum = digits.reversed().enumerated().reduce(0) { sum, next in
      let doubled = next.element * (next.offset.isMultiple(of: 2) ? 1 : 2)
      return sum + doubled / 10 + doubled % 10
    }
    return sum.isMultiple(of: 10)
  }

  /// Whether the last digit is that of ISO 7064, MOD 11,10.
  static func isMod11And10(_ digits: [Int]) -> Bool {
    var product = 5
    for digit in digits.dropLast() {
      let sum = (product * 2) % 11 + digit
      product = sum % 10 == 0 ? 10 : sum % 10
    }
    return ((product * 2) % 11 + (digits.last ?? 0)) % 10 == 1
  }

  /// The remainder by 97 of a text, whose letters count from A = 10 (ISO 7064, MOD 97-10).
  static func mod97(_ text: String) -> Int {
    text.utf8.reduce(0) { rest, byte in
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      return isDigit ? (rest * 10 + Int(byte) - 48) % 97 : (rest * 100 + Int(byte) - 55) % 97
    }
  }
}
