internal import Platform
internal import Protobuf

/// A tax number of the European Union in its plain form: `DE136695976`.
struct TaxNumber: Hashable {
  /// Characters that are read.
  static let charactersMax = 30

  /// The two letters that numbers of its country begin with: EL for Greece, XI for Northern Ireland.
  let prefix: String
  /// The rest.
  let rest: String

  var text: String { prefix + rest }
  /// The country as ISO 3166 calls it.
  var country: String { prefix == "EL" ? "GR" : prefix == "XI" ? "GB" : prefix }

  /// Why a text is no number.
  enum Fault: Error, Equatable {
    case malformed
    case wrongCheckDigits
  }

  /// The number that somebody typed.
  init(_ typed: String) throws(Fault) {
    let plain = Self.plain(typed)
    let letters = String(plain.prefix(2))
    prefix = letters == "GR" ? "EL" : letters
    let rest = String(plain.dropFirst(2))
    guard let rule = TaxNumberRules.all[prefix] else { throw .malformed }
    // Greek numbers had 8 digits once, and Belgian ones 9.
    self.rest = rest.utf8.count + 1 == rule.paddedCount ? "0" + rest : rest
    guard let form = try? Regex(rule.form), self.rest.wholeMatch(of: form) != nil else { throw .malformed }
    guard rule.holds(self.rest) else { throw .wrongCheckDigits }
  }

  /// A typed number in capitals, without blanks and punctuation; empty when it is too long or has anything else.
  static func plain(_ typed: String) -> String {
    guard typed.utf8.count <= 2 * charactersMax else { return "" }
    var plain = ""
    for scalar in typed.uppercased().unicodeScalars {
      switch scalar {
      case "A"..."Z", "0"..."9", "+", "*": plain.unicodeScalars.append(scalar)
      case " ", "\u{a0}", ".", "-", "/", ",": continue
      default: return ""
      }
    }
    return plain.utf8.count <= charactersMax ? plain : ""
  }
}

extension RequestCheck {
  /// A field with a tax number of any country, or nothing.
  mutating func plainTaxNumber(_ text: Text, _ field: String) -> String {
    if text.isEmpty { return "" }
    let plain = text.utf8Count <= 2 * TaxNumber.charactersMax ? TaxNumber.plain(text.string) : ""
    require(
      !plain.isEmpty, field, "Must have at most 30 letters and digits, besides blanks, dots, hyphens and slashes.")
    return plain
  }
}
