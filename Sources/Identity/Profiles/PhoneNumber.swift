package import Platform
internal import UnicodeText

extension RequestCheck {
  private static let phoneBytesMax = 100
  private static let phoneDigits = 7...15

  /// A field with a telephone number, or empty. Spaces, hyphens, dots, slashes and brackets may separate the digits,
  /// `00` may stand for `+`, and `(0)` is ignored.
  package mutating func phone(_ typed: String, _ field: String, isRequired: Bool = false) -> String {
    let typed = typed.trimmed
    if typed.isEmpty {
      require(!isRequired, field, "Must be set: a number with its country code.")
      return ""
    }
    guard typed.utf8.count <= Self.phoneBytesMax, let number = Self.phoneNumber(typed) else {
      let orEmpty = isRequired ? "" : ", or empty"
      refuse(field, "Must be a number with its country code, such as +43 1 2345678\(orEmpty).")
      return ""
    }
    return number
  }

  private static func phoneNumber(_ typed: String) -> String? {
    var number = ""
    for scalar in typed.nfkc.replacing("(0)", with: "").unicodeScalars {
      if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
        number += String(Int(digit))
      } else if scalar == "+", number.isEmpty {
        number = "+"
      } else {
        let parts =
          scalar.isBlank || scalar.properties.generalCategory == .dashPunctuation || "./()".contains(Character(scalar))
        guard parts else { return nil }
      }
    }
    if number.hasPrefix("00") { number = "+" + number.dropFirst(2) }
    let digits = number.dropFirst()
    guard number.hasPrefix("+"), phoneDigits.contains(digits.utf8.count), digits.first != "0" else { return nil }
    return number
  }
}
