internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import UnicodeText

/// A typed address, validated and completed by the format of its country.
struct PostalAddress {
  private static let linesMax = 4
  private static let labelCharactersMax = 50
  private static let postalCodeCharactersMax = 20

  let label: String
  let recipient: String
  let company: String
  let lines: [String]
  let city: String
  let region: String
  let postalCode: String
  let country: String
  let phone: String
  let isDefaultShipping: Bool
  let isDefaultBilling: Bool

  init(_ address: Address, _ check: inout RequestCheck) {
    label = check.line(address.label, "address.label", upTo: Self.labelCharactersMax)
    recipient = check.line(address.recipient, "address.recipient", isRequired: true)
    company = check.line(address.company, "address.company")
    check.require(
      (1...Self.linesMax).contains(address.streetLines.count), "address.street_lines", "Must have 1 to 4 lines.")
    var lines: [String] = []
    for (index, line) in address.streetLines.prefix(Self.linesMax).enumerated() {
      lines.append(check.line(line, "address.street_lines[\(index)]", isRequired: true))
    }
    self.lines = lines
    phone = check.phone(address.phone.string, "address.phone")
    isDefaultShipping = address.isDefaultShipping
    isDefaultBilling = address.isDefaultBilling
    let format = check.country(address.country, "address.country")
    country = format?.country ?? ""
    city = check.line(address.city, "address.city", isRequired: format?.needsCity ?? false)
    region = check.region(address.region, "address.region", in: format)
    postalCode = check.postalCode(
      address.postalCode, "address.postal_code", in: format, upTo: Self.postalCodeCharactersMax)
  }

  /// The personal data of the address.
  func personal(in arena: Arena) -> Address {
    let address = Address(in: arena)
    address.label = arena.text(label)
    address.recipient = arena.text(recipient)
    address.company = arena.text(company)
    for line in lines { address.streetLines.append(arena.text(line)) }
    address.city = arena.text(city)
    address.region = arena.text(region)
    address.postalCode = arena.text(postalCode)
    address.phone = arena.text(phone)
    return address
  }
}

extension RequestCheck {
  private static let countryBytesMax = 50

  /// A field with a country's two letters, in any case.
  fileprivate mutating func country(_ typed: Text, _ field: String) -> CountryFormat? {
    let code = typed.utf8Count <= Self.countryBytesMax ? typed.string.trimmed.nfkc.uppercased() : ""
    if let format = CountryFormat.of(code) { return format }
    refuse(field, "Must be a two-letter country code, such as AT.")
    return nil
  }

  /// A field with a region. A required region must be a known one; elsewhere, an unknown region stays as it is.
  fileprivate mutating func region(_ typed: Text, _ field: String, in format: CountryFormat?) -> String {
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
  fileprivate mutating func postalCode(
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
