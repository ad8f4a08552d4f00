internal import UnicodeText

/// Codes that people copy by hand: from an authenticator, a device, a list of recovery codes, a voucher.
package enum EnteredCode {
  /// Bytes that are read.
  private static let bytesMax = 200

  /// The letters, in upper case, and the digits of the entered text. Spaces, hyphens and other separators are ignored,
  /// and digits may be of any script. Empty for a text that is too long for a code.
  package static func letters(of typed: String) -> String {
    guard typed.utf8.count <= bytesMax else { return "" }
    var letters = ""
    for scalar in typed.nfkc.uppercased().unicodeScalars {
      if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
        letters += String(Int(digit))
      } else if scalar.properties.isAlphabetic {
        letters.unicodeScalars.append(scalar)
      }
    }
    return letters
  }
}
