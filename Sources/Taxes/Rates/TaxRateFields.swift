internal import Platform
internal import Protobuf
internal import TaxesAPI

/// The fields of a rate that staff writes.
struct TaxRateFields {
  /// Those that can be changed.
  static let changeable = ["title", "percent", "is_compound", "applies_to_shipping", "valid_from", "valid_until"]
  private static let millionthsMax = 10_000_000
  private static let dayFirst = "-infinity"
  private static let dayLast = "infinity"

  let title: String
  let millionths: Int64
  let isCompound: Bool
  let appliesToShipping: Bool
  let validFrom: String
  let validUntil: String

  /// Reads the field `tax_rate` of a request, and notes everything that is wrong.
  /// - Parameter isWritten: whether the request writes a field.
  init(_ rate: TaxesAPI.TaxRate, _ check: inout RequestCheck, isWritten: (String) -> Bool) {
    title = check.line(rate.title, "tax_rate.title", isRequired: isWritten("title"))
    let percent = Self.millionths(ofPercent: rate.percent.string)
    check.require(
      percent != nil || !isWritten("percent"), "tax_rate.percent",
      "Must be a number of percent from 0 to 1000 with at most 4 decimals, such as 9.975.")
    millionths = percent ?? 0
    isCompound = rate.isCompound
    appliesToShipping = rate.appliesToShipping
    let from = check.day(rate.validFrom, "tax_rate.valid_from")
    let until = check.day(rate.validUntil, "tax_rate.valid_until")
    if let from, let until {
      check.require(from <= until, "tax_rate.valid_until", "Must not be before valid_from.")
    }
    validFrom = from ?? Self.dayFirst
    validUntil = until ?? Self.dayLast
  }

  /// The millionths of a decimal number of percent; nil for others than those that a rate may have.
  static func millionths(ofPercent text: String) -> Int64? {
    guard !text.hasPrefix("-"), let rate = Rate(percent: text) else { return nil }
    let (whole, rest) = (Int128(rate.numerator) * 1_000_000).quotientAndRemainder(dividingBy: Int128(rate.denominator))
    return rest == 0 && whole <= Int128(millionthsMax) ? Int64(whole) : nil
  }
}

/// Where and for what a rate holds. It never changes.
struct TaxRateScope {
  private static let places: ClosedRange<Int32> = 1...8

  let country: String
  let region: String
  let postalFrom: String
  let postalTo: String
  let category: String
  let place: Int32

  /// Reads the field `tax_rate` of a request, and notes everything that is wrong.
  init(_ rate: TaxesAPI.TaxRate, _ check: inout RequestCheck) {
    let area = rate.area
    country = check.taxCountry(area?.country ?? "", "tax_rate.area.country")
    region = check.taxRegion(area?.region ?? "", "tax_rate.area.region")
    postalFrom = check.postalPart(area?.postalCodeFrom ?? "", "tax_rate.area.postal_code_from")
    let last = check.postalPart(area?.postalCodeTo ?? "", "tax_rate.area.postal_code_to")
    postalTo = last.isEmpty ? postalFrom : last
    check.require(
      postalTo.utf8.count == postalFrom.utf8.count && !postalTo.utf8.lexicographicallyPrecedes(postalFrom.utf8),
      "tax_rate.area.postal_code_to", "Must have as many characters as postal_code_from, and not come before it.")
    category = check.taxCategory(rate.category, "tax_rate.category")
    place = rate.order
    check.require(Self.places.contains(place), "tax_rate.order", "Must be from 1 to 8.")
  }
}

/// A postal code as rates compare it.
enum PlainPostalCode {
  static let charactersMax = 10

  /// The letters, in capitals, and the digits of a code; others are left out.
  static func of(_ code: String) -> String {
    String(
      decoding: code.uppercased().utf8.filter {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }, as: UTF8.self)
  }
}

extension RequestCheck {
  private static let postalBytesMax = 30

  /// A field with the beginning of postal codes.
  fileprivate mutating func postalPart(_ text: Text, _ field: String) -> String {
    let typed = text.utf8Count <= Self.postalBytesMax ? text.string.uppercased() : "?"
    let plain = PlainPostalCode.of(typed)
    let isGood = typed.utf8.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") || plain.utf8.contains($0) }
    require(
      isGood && plain.utf8.count <= PlainPostalCode.charactersMax && (!plain.isEmpty || typed.isEmpty), field,
      "Must have at most 10 letters and digits.")
    return plain
  }
}
