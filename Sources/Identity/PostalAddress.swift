internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// An address as somebody enters it, checked by the rules of its country.
struct PostalAddress {
  private static let linesMax = 4
  private static let textCharactersMax = 100
  private static let labelCharactersMax = 50

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
    city = check.line(address.city, "address.city", isRequired: true)
    country = address.country.string.trimmed.uppercased()
    region = check.line(address.region, "address.region")
    postalCode = address.postalCode.string.trimmed.uppercased()
    phone = check.phone(address.phone.string, "address.phone")
    isDefaultShipping = address.isDefaultShipping
    isDefaultBilling = address.isDefaultBilling
    check.require(postalCode.unicodeScalars.count <= 20, "address.postal_code", "Must have at most 20 characters.")
    guard CountryRules.exists(country) else {
      check.refuse("address.country", "Must be the two letters of a country, such as AT.")
      return
    }
    let rules = CountryRules.of(country)
    if let complaint = rules.complaint(aboutRegion: region, in: country) { check.refuse("address.region", complaint) }
    if let complaint = rules.complaint(aboutPostalCode: postalCode, in: country) {
      check.refuse("address.postal_code", complaint)
    }
  }

  /// What tells of a person.
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
  /// A field with a line of text.
  mutating func line(_ text: Text, _ field: String, upTo limit: Int = 100, isRequired: Bool = false) -> String {
    let line = text.string.trimmed
    let isPlain = line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    require(
      line.unicodeScalars.count <= limit && isPlain, field, "Must have at most \(limit) printable characters.")
    if isRequired { require(!line.isEmpty, field, "Must be set.") }
    return line
  }

  /// A field with a telephone number, or nothing.
  mutating func phone(_ text: String, _ field: String) -> String {
    let digits = text.utf8.dropFirst()
    let isNumber =
      text.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count) && digits.first != UInt8(ascii: "0")
      && digits.allSatisfy { (0x30...0x39).contains($0) }
    require(text.isEmpty || isNumber, field, "Must be a number such as +4312345678, or empty.")
    return text
  }
}
