package import Platform
package import Protobuf
internal import UnicodeText

/// Where an address is.
package struct PostalPlace: Equatable, Sendable {
  /// 1 to 4 lines: street and number.
  package let lines: [String]
  /// The city.
  package let city: String
  /// The region; empty where addresses have none.
  package let region: String
  /// The postal code as the country writes it.
  package let postalCode: String
  /// The two letters of the country.
  package let country: String
}

extension RequestCheck {
  private static let countryBytesMax = 50
  private static let linesMax = 4
  private static let postalCodeCharactersMax = 20

  /// The fields of an address that say where it is, validated and completed by the format of the country.
  /// - Parameter prefix: the path of the message that has the fields, with a dot.
  package mutating func place(
    _ streetLines: RepeatedField<Text>, city: Text, region: Text, postalCode: Text, country: Text, in prefix: String
  ) -> PostalPlace {
    let field = prefix + "street_lines"
    require((1...Self.linesMax).contains(streetLines.count), field, "Must have 1 to \(Self.linesMax) lines.")
    var lines: [String] = []
    for (index, line) in streetLines.prefix(Self.linesMax).enumerated() {
      lines.append(self.line(line, "\(field)[\(index)]", isRequired: true))
    }
    let format = self.country(country, prefix + "country")
    return PostalPlace(
      lines: lines, city: line(city, prefix + "city", isRequired: format?.needsCity ?? false),
      region: self.region(region, prefix + "region", in: format),
      postalCode: self.postalCode(
        postalCode, prefix + "postal_code", in: format, upTo: Self.postalCodeCharactersMax),
      country: format?.country ?? "")
  }

  /// A field with a country's two letters, in any case, or nothing.
  package mutating func optionalCountry(_ typed: Text, _ field: String) -> String {
    typed.string.trimmed.isEmpty ? "" : country(typed, field)?.country ?? ""
  }

  /// A field with a country's two letters, in any case.
  private mutating func country(_ typed: Text, _ field: String) -> CountryFormat? {
    let code = typed.utf8Count <= Self.countryBytesMax ? typed.string.trimmed.nfkc.uppercased() : ""
    if let format = CountryFormat.of(code) { return format }
    refuse(field, "Must be a two-letter country code, such as AT.")
    return nil
  }

  /// A field with a region. A required region must be a known one; elsewhere, an unknown region stays as it is.
  private mutating func region(_ typed: Text, _ field: String, in format: CountryFormat?) -> String {
    let region = line(typed, field)
    guard let format else { return region }
    if let area = format.areas.area(region) { return area }
    if format.needsRegion && (region.isEmpty || !format.areas.isEmpty) {
      let examples = format.areas.isEmpty ? "" : ": \(format.areas.examples), or another of its regions"
      refuse(field, "Must be set in \(format.country)\(examples).")
    }
    return region
  }

  /// A field with a postal code.
  private mutating func postalCode(
    _ typed: Text, _ field: String, in format: CountryFormat?, upTo charactersMax: Int
  ) -> String {
    let code = line(typed, field, upTo: charactersMax)
    guard let format else { return code }
    if code.isEmpty {
      if format.needsPostalCode { refuse(field, format.postalHint) }
      return code
    }
    if let whole = format.postalCode(code.nfkc) { return whole }
    refuse(field, format.postalHint)
    return code
  }
}
