internal import UnicodeText

/// A password in its normalised form: the OpaqueString profile of RFC 8265, which is NFC, with U+0020 for every other
/// space, and without control characters. So the keyboard makes no difference.
package enum PasswordText {
  /// The normalised form; nil for a password with control characters.
  package static func normalized(_ typed: String) -> String? {
    var scalars = String.UnicodeScalarView()
    for scalar in typed.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control: return nil
      case .spaceSeparator: scalars.append(" ")
      default: scalars.append(scalar)
      }
    }
    return String(scalars).nfc
  }

  /// The texts that a stored hash may be computed from: the normalised form, then the typed text if it differs, as
  /// earlier releases hashed it.
  static func candidates(_ typed: String) -> [String] {
    guard let normalized = normalized(typed) else { return [typed] }
    // Swift compares strings by canonical equivalence; hashes differ.
    return normalized.utf8.elementsEqual(typed.utf8) ? [typed] : [normalized, typed]
  }
}
