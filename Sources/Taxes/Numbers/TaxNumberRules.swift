/// The form of the tax numbers of a country, and their check digits.
struct TaxNumberRule: Sendable {
  /// A regular expression for what follows the country.
  let form: String
  /// The number of characters to which an old number, which has one less, is filled up by a leading 0; 0 for none.
  var paddedCount = 0
  /// Whether the check digits of a number of this form hold.
  let holds: @Sendable (String) -> Bool

  init(_ form: String, paddedCount: Int = 0, _ holds: @escaping @Sendable (String) -> Bool) {
    (self.form, self.paddedCount, self.holds) = (form, paddedCount, holds)
  }

  /// A rule by the digits.
  static func digits(
    _ form: String, paddedCount: Int = 0, _ holds: @escaping @Sendable ([Int]) -> Bool
  ) -> TaxNumberRule {
    TaxNumberRule(form, paddedCount: paddedCount) { holds(CheckDigits.digits($0)) }
  }
}

/// The rules by the letters of the country: of the member states of the European Union and Northern Ireland. Where the
/// numbers of persons have no check digits that are public, their form alone is checked.
enum TaxNumberRules {
  static let all: [String: TaxNumberRule] = [
    "AT": .digits("U[0-9]{8}") { digits in
      let all = Array(digits.dropFirst())
      let sum = zip(all, [1, 2, 1, 2, 1, 2, 1]).reduce(4) { $0 + ($1.0 * $1.1) / 10 + ($1.0 * $1.1) % 10 }
      return (10 - sum % 10) % 10 == all[7]
    },
    "BE": .digits("[01][0-9]{9}", paddedCount: 10) {
      97 - CheckDigits.number($0.prefix(8)) % 97 == CheckDigits.number($0.suffix(2))
    },
    "BG": .digits("[0-9]{9,10}", OtherTaxNumberRules.isBulgarian),
    "CY": TaxNumberRule("[0-59][0-9]{7}[A-Z]", OtherTaxNumberRules.isCypriot),
    "CZ": .digits("[0-9]{8,10}", OtherTaxNumberRules.isCzech),
    "DE": .digits("[1-9][0-9]{8}", CheckDigits.isMod11And10),
    "DK": .digits("[1-9][0-9]{7}") { CheckDigits.sum($0, [2, 7, 6, 5, 4, 3, 2, 1]).isMultiple(of: 11) },
    "EE": .digits("[0-9]{9}") { (10 - CheckDigits.sum($0, [3, 7, 1, 3, 7, 1, 3, 7]) % 10) % 10 == $0[8] },
    "EL": .digits("[0-9]{9}", paddedCount: 9) {
      CheckDigits.sum($0, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == $0[8]
    },
    "ES": TaxNumberRule("[A-Z0-9][0-9]{7}[A-Z0-9]", OtherTaxNumberRules.isSpanish),
    "FI": .digits("[0-9]{8}") { CheckDigits.sum($0, [7, 9, 10, 5, 8, 4, 2, 1]).isMultiple(of: 11) },
    "FR": TaxNumberRule("[A-HJ-NP-Z0-9]{2}[0-9]{9}", OtherTaxNumberRules.isFrench),
    "HR": .digits("[0-9]{11}", CheckDigits.isMod11And10),
    "HU": .digits("[0-9]{8}") { (10 - CheckDigits.sum($0, [9, 7, 3, 1, 9, 7, 3]) % 10) % 10 == $0[7] },
    "IE": TaxNumberRule("[0-9]([0-9]{6}[A-W][A-IW]?|[A-Z+*][0-9]{5}[A-W])", OtherTaxNumberRules.isIrish),
    "IT": .digits("[0-9]{11}", CheckDigits.isLuhn),
    "LT": .digits("([0-9]{7}1[0-9]|[0-9]{10}1[0-9])", OtherTaxNumberRules.isLithuanian),
    "LU": .digits("[0-9]{8}") { CheckDigits.number($0.prefix(6)) % 89 == CheckDigits.number($0.suffix(2)) },
    "LV": .digits("[0-9]{11}") {
      $0[0] < 4 || CheckDigits.sum($0, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3
    },
    "MT": .digits("[1-9][0-9]{7}") { CheckDigits.sum($0, [3, 4, 6, 7, 8, 9, 10, 1]).isMultiple(of: 37) },
    "NL": TaxNumberRule("[0-9]{9}B[0-9]{2}") { number in
      let digits = CheckDigits.digits(number)
      let isOfCompany = (CheckDigits.sum(digits, [9, 8, 7, 6, 5, 4, 3, 2]) - digits[8]).isMultiple(of: 11)
      return isOfCompany || CheckDigits.mod97("NL" + number) == 1
    },
    "PL": .digits("[0-9]{10}") { CheckDigits.sum($0, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == $0[9] },
    "PT": .digits("[1-9][0-9]{8}") {
      let check = 11 - CheckDigits.sum($0, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
      return (check > 9 ? 0 : check) == $0[8]
    },
    "RO": .digits("[1-9][0-9]{1,9}") { digits in
      let padded = Array(repeating: 0, count: 10 - digits.count) + digits
      return CheckDigits.sum(padded, [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10 % 11 % 10 == padded[9]
    },
    "SE": .digits("[0-9]{10}(0[1-9]|[1-8][0-9]|9[0-4])") { CheckDigits.isLuhn(Array($0.prefix(10))) },
    "SI": .digits("[1-9][0-9]{7}") {
      let check = 11 - CheckDigits.sum($0, [8, 7, 6, 5, 4, 3, 2]) % 11
      return check != 11 && check % 10 == $0[7]
    },
    "SK": .digits("[1-9][0-9][2-47-9][0-9]{7}") { CheckDigits.number($0).isMultiple(of: 11) },
    "XI": TaxNumberRule("([0-9]{9}|[0-9]{12}|GD[0-4][0-9]{2}|HA[5-9][0-9]{2})", OtherTaxNumberRules.isBritish),
  ]
}
