/// A Global Trade Item Number: 8, 12, 13 or 14 digits, the last of which is the check digit.
struct GTIN: Hashable {
  /// How many variants a seller can have of one good, such as in several packings. So a product page has few offers of
  /// each seller.
  static let variantsOfSellerMax = 10
  static let digits = 14
  private static let counts: Set<Int> = [8, 12, 13, 14]

  let text: String

  /// Nil for any other text, and for a number whose check digit is wrong.
  init?(_ text: String) {
    guard Self.counts.contains(text.utf8.count) else { return nil }
    var sum = 0
    // From the right, the digits count once and three times in turn.
    for (place, byte) in text.utf8.reversed().enumerated() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      sum += Int(byte - UInt8(ascii: "0")) * (place.isMultiple(of: 2) ? 1 : 3)
    }
    guard sum > 0, sum.isMultiple(of: 10) else { return nil }
    self.text = text
  }

  /// In 14 digits, as which GTINs are compared.
  var padded: String { String(repeating: "0", count: Self.digits - text.utf8.count) + text }
}
