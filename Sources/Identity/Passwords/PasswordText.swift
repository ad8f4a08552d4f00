internal import UnicodeText

/// A password in the form in which it is hashed and compared, whichever keyboard typed it: the OpaqueString profile of
/// RFC 8265. That is NFC, with U+0020 for every other blank, and without controls.
package enum PasswordText {
  /// The form; nil for a password with controls, which has none.
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

  /// What a stored hash may have been made of: the form, then what was typed where it is another, as passwords were
  /// hashed before they were normalised.
  static func candidates(_ typed: String) -> [String] {
    guard let normalized = normalized(typed) else { return [typed] }
    // Strings are equal when they look the same; hashes are not.
    return normalized.utf8.elementsEqual(typed.utf8) ? [typed] : [normalized, typed]
  }
}
