internal import Identity
internal import Platform
internal import Protobuf

/// The fields that several requests about taxes have.
extension RequestCheck {
  private static let categoryCharactersMax = 50
  private static let regionCharactersMax = 50
  private static let daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  /// A field with the code of a tax category; empty for none.
  mutating func taxCategory(_ text: Text, _ field: String) -> String {
    slug(text, field, upTo: Self.categoryCharactersMax)?.text ?? ""
  }

  /// A field with a region, as addresses have it.
  mutating func taxRegion(_ text: Text, _ field: String) -> String {
    line(text, field, upTo: Self.regionCharactersMax)
  }

  /// A field with a country.
  mutating func taxCountry(_ text: Text, _ field: String) -> String {
    if !text.string.unicodeScalars.allSatisfy(\.isBlank) { return optionalCountry(text, field) }
    refuse(field, "Must be a two-letter country code, such as AT.")
    return ""
  }

  /// A field with a day; nil for none.
  mutating func day(_ text: Text, _ field: String) -> String? {
    if text.isEmpty { return nil }
    if text.utf8Count == "0000-00-00".utf8.count,
      let match = text.string.wholeMatch(of: #/([0-9]{4})-([0-9]{2})-([0-9]{2})/#),
      let year = Int(match.output.1), let month = Int(match.output.2), let day = Int(match.output.3), year > 0,
      (1...12).contains(month), day > 0
    {
      let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
      if day <= (month == 2 && isLeap ? 29 : Self.daysOfMonths[month - 1]) { return text.string }
    }
    refuse(field, "Must be a day, such as 2027-01-31, or empty.")
    return nil
  }
}
