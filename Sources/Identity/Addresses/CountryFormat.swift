/// The required parts of a country's addresses, from the data of libaddressinput: see `Scripts/country_formats.py`.
struct CountryFormat: Sendable {
  /// Examples that an error shows.
  private static let examplesShownMax = 2

  /// The code of ISO 3166-1, or another code that postal services use, such as XK.
  let country: String
  /// Whether a city, town or village must be given.
  let needsCity: Bool
  /// Whether a region must be given.
  let needsRegion: Bool
  /// Whether a postal code must be given.
  let needsPostalCode: Bool
  /// Its regions; empty where the data lists none.
  let areas: AdministrativeAreas
  /// Postal codes as they are written there; none in countries without.
  let postalExamples: [String]

  private let postalForms: [PostalCodeForm]
  /// The prefix of the code on mail from abroad: the `CH` of CH-8001.
  private let postalPrefix: [UInt8]
  /// The beginning of every code of the country, which may be omitted: the `LV` of LV-1073.
  private let postalBeginning: [UInt8]

  /// Reads a line of the data; nil for anything else.
  init?(line: Substring) {
    let fields = line.split(separator: "|", omittingEmptySubsequences: false)
    guard fields.count == 6 else { return nil }
    let forms = fields[3].split(separator: "~").compactMap { PostalCodeForm(String($0)) }
    guard forms.count == fields[3].split(separator: "~").count else { return nil }
    country = String(fields[0])
    needsCity = fields[1].contains("C")
    needsRegion = fields[1].contains("S")
    needsPostalCode = fields[1].contains("Z")
    postalPrefix = Array(fields[2].utf8)
    postalForms = forms
    let beginnings = Set(forms.map(\.beginning))
    postalBeginning = beginnings.count == 1 ? beginnings.first ?? [] : []
    postalExamples = fields[4].split(separator: "~").map(String.init)
    areas = AdministrativeAreas(fields[5])
  }

  /// Signs of countries on vehicles, which were the official prefixes of postal codes in Europe and are still written;
  /// of those countries whose codes have digits alone, and whose sign is not their two letters.
  private static let vehicleSigns = [
    "AT": "A", "BE": "B", "DE": "D", "ES": "E", "FI": "FIN", "FR": "F", "HU": "H", "IT": "I", "LI": "FL", "LU": "L",
    "NO": "N", "PT": "P", "SE": "S", "SI": "SLO",
  ]

  /// Whether the country has postal codes.
  var hasPostalCodes: Bool { !postalForms.isEmpty }

  /// A postal code as it is written in the country, from what was typed: in upper case, parted as it should be, without
  /// the country that people write before it (`A-1010`, `DE-10115`). Nil for what is none of the country. A country
  /// without postal codes takes what it is given: some have begun to have them.
  func postalCode(_ typed: String) -> String? {
    guard hasPostalCodes else { return typed.uppercased() }
    let letters = typed.uppercased().unicodeScalars.filter { !PostalCodeForm.parts($0) }
    guard let code = PostalCodeForm.bytes(letters) else { return nil }
    if let whole = completed(code) { return whole }
    for prefix in prefixes where code.starts(with: prefix) {
      if let whole = completed(Array(code.dropFirst(prefix.count))) { return whole }
    }
    return postalBeginning.isEmpty ? nil : completed(postalBeginning + code)
  }

  /// Prefixes that users write before a postal code, and that are not a part of it.
  private var prefixes: [[UInt8]] {
    let onVehicles = Self.vehicleSigns[country].map { Array($0.utf8) }
    return [postalPrefix, Array(country.utf8), onVehicles ?? []].filter { !$0.isEmpty }
  }

  /// The hint about the country's postal codes in errors.
  var postalHint: String {
    let examples = postalExamples.prefix(Self.examplesShownMax).joined(separator: " or ")
    return "Must be a postal code of \(country), such as \(examples)."
  }

  private func completed(_ code: [UInt8]) -> String? {
    for form in postalForms {
      if let whole = form.completed(code) { return whole }
    }
    return nil
  }

  /// The format of a country; nil for what is none.
  static func of(_ country: String) -> CountryFormat? { all[country] }

  /// Every country's.
  static let all: [String: CountryFormat] = Dictionary(
    CountryFormatData.lines.split(separator: "\n").compactMap { line in
      CountryFormat(line: line).map { ($0.country, $0) }
    }, uniquingKeysWith: { first, _ in first })
}
