internal import CICU

extension String {
  private static let languageTagBytesMax = 35

  /// The text as a language tag in its canonical form (BCP 47, with the mapping of CLDR): `DE-at` becomes `de-AT`, `iw`
  /// becomes `he`. Nil for any other text, for a tag with extensions or of more than 35 characters, and for one with a
  /// two-letter code that is no language or country.
  public var canonicalLanguageTag: String? {
    guard utf8.count <= Self.languageTagBytesMax, !utf8.contains(0) else { return nil }
    var tag = [CChar](repeating: 0, count: Self.languageTagBytesMax + 1)
    let count = cicu_language_tag(self, &tag, Int32(tag.count))
    return count < 0 ? nil : String(decoding: tag.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
