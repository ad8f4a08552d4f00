package import Platform
internal import UnicodeText

/// An e-mail address.
package struct EmailAddress: Equatable, Sendable {
  private static let lengthMax = 254
  private static let localLengthMax = 64
  private static let labelLengthMax = 63
  /// The maximum number of typed bytes, before an international domain gets its ASCII form.
  private static let bytesMax = 1024
  private static let localPunctuation = Set("!#$%&'*+-/=?^_`{|}~.".utf8)

  /// The address as people write it, with an international domain in its own script.
  package let text: String
  /// The address as mail servers know it, with the domain in ASCII (A-labels).
  package let deliverable: String
  /// ``deliverable`` in lower case: two addresses with one key are the same.
  package let key: String

  /// Why a text is not an e-mail address that we support.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    /// The text is empty.
    case empty
    /// The text does not have the form of an address.
    case malformed
    /// The address is too long.
    case tooLong
    /// The local part has non-ASCII characters, which only some mail servers support (SMTPUTF8).
    case foreignLocalPart
    /// The local part is quoted.
    case quotedLocalPart
    /// The domain is an address literal: [127.0.0.1].
    case literal
    /// The domain is malformed.
    case badDomain

    /// A sentence for the caller.
    package var description: String {
      switch self {
      case .empty: "Must be set: an e-mail address."
      case .malformed: "Must be an e-mail address such as ada@example.com."
      case .tooLong: "Must be an e-mail address of at most 254 characters, with at most 64 before the @."
      case .foreignLocalPart: "Addresses with non-ASCII letters before the @ (SMTPUTF8) are not supported."
      case .quotedLocalPart: "Addresses with quotes before the @ are not supported."
      case .literal: "Addresses with an IP address in brackets after the @ are not supported."
      case .badDomain: "Must have a domain name after the @, such as example.com or bücher.example."
      }
    }
  }

  /// Nil for what ``init(checking:)`` refuses.
  package init?(_ typed: String) {
    guard let address = try? EmailAddress(checking: typed) else { return nil }
    self = address
  }

  /// Parses a typed address. White space around it is ignored.
  package init(checking typed: String) throws(Fault) {
    guard typed.utf8.count <= Self.bytesMax else { throw .tooLong }
    let address = typed.trimmed
    if address.isEmpty { throw .empty }
    guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else { throw .malformed }
    let local = address[..<at]
    let typedDomain = address[address.utf8.index(after: at)...]
    try Self.checkLocal(local)
    if typedDomain.hasPrefix("[") { throw .literal }
    let (shown, domain) = try Self.readDomain(String(typedDomain))
    guard local.utf8.count + 1 + domain.utf8.count <= Self.lengthMax else { throw .tooLong }
    text = "\(local)@\(shown)"
    deliverable = "\(local)@\(domain)"
    key = deliverable.lowercased()
  }

  /// The local part.
  var local: String { String(key.prefix { $0 != "@" }) }

  private static func checkLocal(_ local: Substring) throws(Fault) {
    if local.hasPrefix("\"") { throw .quotedLocalPart }
    if local.unicodeScalars.contains(where: { $0.value >= 0x80 && $0.isPrintable && !$0.isBlank }) {
      throw .foreignLocalPart
    }
    guard isLocal(local.utf8) else { throw local.utf8.count > localLengthMax ? .tooLong : .malformed }
  }

  /// A domain as people read it, and in ASCII.
  private static func readDomain(_ typed: String) throws(Fault) -> (shown: String, ascii: String) {
    let isForeign = typed.utf8.contains { $0 >= 0x80 } || typed.lowercased().contains("xn--")
    guard isForeign else {
      guard isDomain(typed.utf8[...]) else { throw .badDomain }
      return (typed, typed)
    }
    guard let ascii = DomainName.ascii(typed)?.lowercased(), isDomain(ascii.utf8[...]),
      let shown = DomainName.unicode(ascii), DomainName.ascii(shown) == ascii
    else { throw .badDomain }
    return (shown, ascii)
  }

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
  package mutating func email(_ typed: String, _ field: String) -> EmailAddress? {
    do throws(EmailAddress.Fault) {
      return try EmailAddress(checking: typed)
    } catch {
      refuse(field, error.description)
      return nil
    }
  }
}
