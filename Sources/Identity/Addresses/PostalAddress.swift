internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A typed address, validated and completed by the format of its country.
struct PostalAddress {
  private static let labelCharactersMax = 50

  let label: String
  let recipient: String
  let company: String
  let place: PostalPlace
  let phone: String
  let isDefaultShipping: Bool
  let isDefaultBilling: Bool

  init(_ address: Address, _ check: inout RequestCheck) {
    label = check.line(address.label, "address.label", upTo: Self.labelCharactersMax)
    recipient = check.line(address.recipient, "address.recipient", isRequired: true)
    company = check.line(address.company, "address.company")
    phone = check.phone(address.phone.string, "address.phone")
    isDefaultShipping = address.isDefaultShipping
    isDefaultBilling = address.isDefaultBilling
    place = check.place(
      address.streetLines, city: address.city, region: address.region, postalCode: address.postalCode,
      country: address.country, in: "address.")
  }

  /// The personal data of the address.
  func personal(in arena: Arena) -> Address {
    let address = Address(in: arena)
    address.label = arena.text(label)
    address.recipient = arena.text(recipient)
    address.company = arena.text(company)
    for line in place.lines { address.streetLines.append(arena.text(line)) }
    address.city = arena.text(place.city)
    address.region = arena.text(place.region)
    address.postalCode = arena.text(place.postalCode)
    address.phone = arena.text(phone)
    return address
  }
}
