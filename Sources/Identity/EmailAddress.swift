internal import Platform

/// An address that mail can be sent to.
package struct EmailAddress: Equatable, Sendable {
  private static let lengthMax = 254
  private static let localLengthMax = 64
  private static let labelLengthMax = 63
  private static let localPunctuation = Set("!#$%&'*+-/=?^_`{|}~.".utf8)

  /// As its owner writes it.
  package let text: String
  /// In lower case: two addresses with one key are the same.
  package let key: String

  /// Nil for what is no address in the usual form: no quoted local parts, no address literals, ASCII alone.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.lengthMax, let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
    let local = text.utf8[..<at]
    let domain = text.utf8[text.utf8.index(after: at)...]
    guard Self.isLocal(local), Self.isDomain(domain) else { return nil }
    self.text = text
    key = text.lowercased()
  }

  /// What stands before the @.
  var local: String { String(key.prefix { $0 != "@" }) }

  private static func isLocal(_ local: Substring.UTF8View) -> Bool {
    guard (1...localLengthMax).contains(local.count), local.first != UInt8(ascii: "."), local.last != UInt8(ascii: ".")
    else { return false }
    var previous: UInt8 = 0
    for letter in local {
      guard isAlphanumeric(letter) || localPunctuation.contains(letter) else { return false }
      if letter == UInt8(ascii: "."), previous == letter { return false }
      previous = letter
    }
    return true
  }

  private static func isDomain(_ domain: Substring.UTF8View) -> Bool {
    let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count >= 2, let top = labels.last, top.contains(where: { !isDigit($0) }) else { return false }
    return labels.allSatisfy { label in
      (1...labelLengthMax).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isDigit(_ letter: UInt8) -> Bool { (0x30...0x39).contains(letter) }

  private static func isAlphanumeric(_ letter: UInt8) -> Bool {
    isDigit(letter) || (0x41...0x5a).contains(letter) || (0x61...0x7a).contains(letter)
  }
}

extension RequestCheck {
  /// A field that must be an address.
  mutating func email(_ text: String, _ field: String) -> EmailAddress? {
    if let address = EmailAddress(text) { return address }
    refuse(
      field,
      text.isEmpty
        ? "Must be set: an e-mail address."
        : "Must be an e-mail address such as ada@example.com, 254 characters at most.")
    return nil
  }
}
