internal import Identity
internal import Platform
internal import Protobuf
internal import SellersAPI

/// A typed trader, validated.
struct CheckedTrader {
  private static let vatBytesMax = 50

  private let companyName: String
  private let place: PostalPlace
  private let registerNumber: String
  private let vatID: String
  private let email: String
  private let phone: String

  init(_ trader: Trader?, _ check: inout RequestCheck, in arena: Arena) {
    check.require(trader != nil, "trader", "Must be set.")
    let trader = trader ?? Trader(in: arena)
    companyName = check.line(trader.companyName, "trader.company_name", isRequired: true)
    place = check.place(
      trader.streetLines, city: trader.city, region: trader.region, postalCode: trader.postalCode,
      country: trader.country, in: "trader.")
    registerNumber = check.line(trader.registerNumber, "trader.register_number")
    vatID = Self.vatID(trader.vatID, &check)
    email = check.email(trader.email.string, "trader.email")?.text ?? ""
    phone = check.phone(trader.phone.string, "trader.phone", isRequired: true)
  }

  /// How many letters and digits a VAT identification number has behind those of its country, in the European Union.
  private static let vatLengths: [String: ClosedRange<Int>] = [
    "AT": 9...9, "BE": 10...10, "BG": 9...10, "CY": 9...9, "CZ": 8...10, "DE": 9...9, "DK": 8...8, "EE": 9...9,
    "EL": 9...9, "ES": 9...9, "FI": 8...8, "FR": 11...11, "HR": 11...11, "HU": 8...8, "IE": 8...9, "IT": 11...11,
    "LT": 9...12, "LU": 8...8, "LV": 11...11, "MT": 8...8, "NL": 12...12, "PL": 10...10, "PT": 9...9, "RO": 2...10,
    "SE": 12...12, "SI": 8...8, "SK": 10...10,
  ]
  /// The same elsewhere.
  private static let otherVATLengths = 2...12

  /// The letters and digits of a VAT identification number: the two letters of its country, then as many others as it
  /// has there, a digit among them. Whether it is the trader's, staff find out.
  private static func vatID(_ typed: Text, _ check: inout RequestCheck) -> String {
    if typed.string.trimmed.isEmpty { return "" }
    let letters =
      typed.utf8Count <= vatBytesMax
      ? typed.string.trimmed.uppercased().filter { !" .-".contains($0) }.utf8.map { $0 } : []
    let isCapital: (UInt8) -> Bool = { (0x41...0x5a).contains($0) }
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    let rest = letters.dropFirst(2)
    let lengths = vatLengths[String(decoding: letters.prefix(2), as: UTF8.self)] ?? otherVATLengths
    guard letters.prefix(2).allSatisfy(isCapital), lengths.contains(rest.count), rest.contains(where: isDigit),
      rest.allSatisfy({ isCapital($0) || isDigit($0) })
    else {
      check.refuse("trader.vat_id", "Must be a VAT number with the letters of its country, such as ATU12345675.")
      return ""
    }
    return String(decoding: letters, as: UTF8.self)
  }

  /// The trader as the API shows it.
  func message(in arena: Arena) -> Trader {
    let trader = Trader(in: arena)
    trader.companyName = arena.text(companyName)
    for line in place.lines { trader.streetLines.append(arena.text(line)) }
    trader.city = arena.text(place.city)
    trader.region = arena.text(place.region)
    trader.postalCode = arena.text(place.postalCode)
    trader.country = arena.text(place.country)
    trader.registerNumber = arena.text(registerNumber)
    trader.vatID = arena.text(vatID)
    trader.email = arena.text(email)
    trader.phone = arena.text(phone)
    return trader
  }
}
