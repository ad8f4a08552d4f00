internal import UnicodeText

/// The address and the name of a sender or a recipient.
///
/// Every mail server accepts the address: ASCII, a dot-atom before the `@` and a host name after it. So it cannot
/// inject a command or a header field.
package struct MailAddress: Sendable, Hashable {
  /// RFC 5321, section 4.5.3.1.
  private static let localBytesMax = 64
  private static let bytesMax = 254
  private static let labelBytesMax = 63
  /// The maximum length of a name in scalars; the rest is cut off.
  private static let nameScalarsMax = 120

  /// The address: `ann@example.com`.
  package let address: String
  /// The name of the person; empty when it is unknown.
  package let name: String

  /// Nil when `address` is malformed or not supported.
  package init?(_ address: String, name: String = "") {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, address.utf8.count <= Self.bytesMax, Self.isLocal(parts[0]), Self.isHost(parts[1]) else {
      return nil
    }
    self.address = address
    self.name = String(String.UnicodeScalarView(name.unicodeScalars.prefix(Self.nameScalarsMax)))
  }

  /// Parses `ann@example.com` or `Ann <ann@example.com>`, as settings have it. An international domain gets its ASCII
  /// form.
  package init?(parsing text: String) {
    guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
      self.init(Self.deliverable(text))
      return
    }
    var name = text[..<open]
    while name.last == " " { name.removeLast() }
    guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else { return nil }
    self.init(Self.deliverable(String(text[text.index(after: open)...].dropLast())), name: String(name))
  }

  /// The address with its domain in ASCII; unchanged when the domain has no such form.
  private static func deliverable(_ address: String) -> String {
    guard let at = address.lastIndex(of: "@"), address.utf8.count <= Self.bytesMax else { return address }
    let domain = String(address[address.index(after: at)...])
    guard domain.utf8.contains(where: { $0 >= 0x80 }), let ascii = DomainName.ascii(domain) else { return address }
    return address[...at] + ascii
  }

  /// The host after the `@`.
  package var host: String { String(address.drop { $0 != "@" }.dropFirst()) }

  private static func isLocal(_ text: Substring) -> Bool {
    guard text.utf8.count <= localBytesMax else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
      !atom.isEmpty && atom.utf8.allSatisfy(isAtomByte)
    }
  }

  private static func isHost(_ text: Substring) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...labelBytesMax).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  /// Source: RFC 5322, section 3.2.3.
  static func isAtomByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }
}
