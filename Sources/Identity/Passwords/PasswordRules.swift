internal import Platform

/// The rules of new passwords. Length counts (NIST SP 800-63B): there are no rules about digits and signs, but common
/// passwords are refused.
package enum PasswordRules {
  package static let charactersMin = 10
  package static let charactersMax = 200
  private static let distinctMin = 5
  /// The maximum number of typed bytes, before normalisation.
  fileprivate static let bytesMax = 32 * charactersMax

  /// The violated rule; nil for a valid password. Characters are Unicode code points of the normalised password.
  package static func complaint(about typed: String, email: EmailAddress?) -> String? {
    guard typed.utf8.count <= bytesMax else { return "Must have \(charactersMin) to \(charactersMax) characters." }
    guard let password = PasswordText.normalized(typed) else { return "Must not contain control characters." }
    let count = password.unicodeScalars.count
    guard count >= charactersMin, count <= charactersMax else {
      return "Must have \(charactersMin) to \(charactersMax) characters."
    }
    let lower = password.lowercased()
    if CommonPasswords.contain(lower) || Set(lower.unicodeScalars).count < distinctMin {
      return "Must not be a common password."
    }
    if let email, isMostly(email.local, lower) || lower == email.key {
      return "Must not consist mostly of the e-mail address."
    }
    return nil
  }

  /// Whether `password` consists of little more than `name`.
  private static func isMostly(_ name: String, _ password: String) -> Bool {
    guard name.count >= 4 else { return false }
    return password.contains(name) && password.count - name.count < charactersMin / 2
  }
}

extension RequestCheck {
  /// A field that must be a new password.
  mutating func newPassword(_ text: String, _ field: String, email: EmailAddress?) -> String {
    if let complaint = PasswordRules.complaint(about: text, email: email) { refuse(field, complaint) }
    return text
  }

  /// A field with the current password, which may have been created under other rules.
  mutating func presentPassword(_ text: String, _ field: String) -> String {
    require(!text.isEmpty, field, "Must be set.")
    let isShort =
      text.utf8.count <= PasswordRules.bytesMax
      && (PasswordText.normalized(text) ?? text).unicodeScalars.count <= PasswordRules.charactersMax
    guard isShort else {
      refuse(field, "Must have at most \(PasswordRules.charactersMax) characters.")
      return ""
    }
    return text
  }
}
