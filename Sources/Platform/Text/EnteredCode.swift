internal import UnicodeText

/// Codes that people type from somewhere else: of an authenticator, of a device, of recovery, of a voucher.
package enum EnteredCode {
  /// Bytes that are read.
  private static let bytesMax = 200

  /// The letters, in upper case, and the digits of what was typed; blanks, hyphens and whatever else parts them say
  /// nothing, and digits may be of any script. Empty for what is too long to be a code.
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
