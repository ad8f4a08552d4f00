/// What an address must have in a country, as far as it can be told without asking its post office.
struct CountryRules: Sendable {
  /// A postal code as letters: `9` stands for a digit, `A` for a letter, `*` for either; anything else for itself.
  private let postalForms: [String]
  private let needsRegion: Bool
  private let regions: Set<String>?

  private init(_ postalForms: String..., needsRegion: Bool = false, regions: String? = nil) {
    self.postalForms = postalForms
    self.needsRegion = needsRegion || regions != nil
    self.regions = regions.map { Set($0.split(separator: " ").map(String.init)) }
  }

  /// What is wrong with the postal code; nil for nothing.
  func complaint(aboutPostalCode code: String, in country: String) -> String? {
    if postalForms.isEmpty { return nil }
    if postalForms.contains(where: { Self.matches(code, $0) }) { return nil }
    return "Must have the form of \(country): \(postalForms.joined(separator: " or ")), A being a letter, 9 a digit."
  }

  /// What is wrong with the region; nil for nothing.
  func complaint(aboutRegion region: String, in country: String) -> String? {
    if needsRegion && region.isEmpty { return "Must be given in \(country)." }
    if let regions, !regions.contains(region) { return "Must be the letters of one of the regions of \(country)." }
    return nil
  }

  /// Whether the country is one of ISO 3166-1.
  static func exists(_ country: String) -> Bool { countries.contains(country) }

  /// The rules of a country.
  static func of(_ country: String) -> CountryRules { rules[country] ?? CountryRules() }

  private static func matches(_ code: String, _ form: String) -> Bool {
    let (code, form) = (Array(code.utf8), Array(form.utf8))
    return code.count == form.count
      && zip(code, form).allSatisfy { letter, sign in
        let isDigit = (0x30...0x39).contains(letter)
        let isLetter = (0x41...0x5a).contains(letter)
        return switch sign {
        case UInt8(ascii: "9"): isDigit
        case UInt8(ascii: "A"): isLetter
        case UInt8(ascii: "*"): isDigit || isLetter
        default: letter == sign
        }
      }
  }

  private static let four = CountryRules("9999")
  private static let five = CountryRules("99999")
  private static let six = CountryRules("999999")

  private static let rules: [String: CountryRules] = {
    var rules: [String: CountryRules] = [
      "US": CountryRules(
        "99999", "99999-9999",
        regions: """
          AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK \
          OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP AA AE AP
          """),
      "CA": CountryRules("A9A 9A9", regions: "AB BC MB NB NL NS NT NU ON PE QC SK YT"),
      "AU": CountryRules("9999", regions: "ACT NSW NT QLD SA TAS VIC WA"),
      "GB": CountryRules("A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"),
      "BR": CountryRules("99999-999", needsRegion: true), "MX": CountryRules("99999", needsRegion: true),
      "IN": CountryRules("999999", needsRegion: true), "CN": CountryRules("999999", needsRegion: true),
      "JP": CountryRules("999-9999", needsRegion: true), "NL": CountryRules("9999 AA"), "PL": CountryRules("99-999"),
      "PT": CountryRules("9999-999"), "SE": CountryRules("999 99", "99999"), "CZ": CountryRules("999 99", "99999"),
      "SK": CountryRules("999 99", "99999"), "GR": CountryRules("999 99", "99999"),
      "IE": CountryRules("A99 ****", "A9A ****"), "IL": CountryRules("9999999"), "LU": CountryRules("9999", "L-9999"),
      "LV": CountryRules("LV-9999"), "LT": CountryRules("LT-99999", "99999"), "MT": CountryRules("AAA 9999"),
    ]
    for country in "AT BE BG CH CY DK HU NO NZ SI ZA PH".split(separator: " ") { rules[String(country)] = four }
    for country in "DE FR IT ES FI EE HR TR UA TH KR ID MY EG MA".split(separator: " ") {
      rules[String(country)] = five
    }
    for country in "RO SG RU KZ VN CO".split(separator: " ") { rules[String(country)] = six }
    return rules
  }()

  private static let countries = Set(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split(whereSeparator: \.isWhitespace).map(String.init))
}
