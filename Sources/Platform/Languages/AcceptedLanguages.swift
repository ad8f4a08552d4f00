/// The languages that a caller accepts, by the header `accept-language` (RFC 9110, section 12.5.4), in the order of
/// preference. A header that is malformed or too long counts as none.
struct AcceptedLanguages {
  private static let bytesMax = 500
  /// Those of the greatest weights count.
  private static let rangesMax = 10

  /// For each range, the languages to look for, the most particular first. What is in none of them is in the shop's own
  /// language, behind which no range counts.
  private(set) var chains: [[LanguageTag]] = []

  /// - Parameter own: the language in which resources are written.
  init(_ fields: [String], own: LanguageTag) {
    for range in Self.ranges(fields.joined(separator: ",")) {
      // "*" accepts everything: what is there anyway.
      if range == "*" { return }
      guard let tag = LanguageTag(Self.withoutExtensions(range)) else { continue }
      let tags = tag.withBases
      let end = tags.firstIndex { own.isOf($0) }
      let chain = Array(tags[..<(end ?? tags.endIndex)])
      if !chain.isEmpty { chains.append(chain) }
      if end != nil { return }
    }
  }

  /// All languages to look for.
  var all: Set<LanguageTag> { Set(chains.joined()) }

  /// The ranges by weight, without those of weight 0; none of a malformed list.
  private static func ranges(_ list: String) -> [Substring] {
    guard list.utf8.count <= bytesMax else { return [] }
    var weighted: [(range: Substring, weight: Int, place: Int)] = []
    for element in list.split(separator: ",") {
      let parts = element.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
      if parts[0].isEmpty && parts.count == 1 { continue }
      guard isRange(parts[0]), let weight = parts.count == 1 ? 1_000 : weight(parts[1]) else { return [] }
      if weight > 0 { weighted.append((parts[0], weight, weighted.count)) }
    }
    weighted.sort { ($1.weight, $0.place) < ($0.weight, $1.place) }
    return weighted.prefix(rangesMax).map(\.range)
  }

  /// `*`, or words of 1 to 8 ASCII letters and digits between hyphens.
  private static func isRange(_ text: Substring) -> Bool {
    if text == "*" { return true }
    return text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { word in
      (1...8).contains(word.utf8.count) && word.utf8.allSatisfy { isDigit($0) || isLetter($0) }
    }
  }

  /// A weight from 0 to 1, with up to three decimals, in thousandths.
  private static func weight(_ text: Substring) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 3, bytes.count <= 7, bytes[0] | 0x20 == UInt8(ascii: "q"), bytes[1] == UInt8(ascii: "="),
      isDigit(bytes[2]), bytes.count == 3 || bytes[3] == UInt8(ascii: ".")
    else { return nil }
    var weight = 0
    for place in [2, 4, 5, 6] {
      guard place < bytes.count else {
        weight *= 10
        continue
      }
      guard isDigit(bytes[place]) else { return nil }
      weight = weight * 10 + Int(bytes[place] - UInt8(ascii: "0"))
    }
    return weight <= 1_000 ? weight : nil
  }

  /// The part before the first extension: `de` of `de-u-co-phonebk`.
  private static func withoutExtensions(_ range: Substring) -> String {
    range.split(separator: "-").prefix { $0.utf8.count > 1 }.joined(separator: "-")
  }

  /// Without the blanks that HTTP allows.
  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
