internal import RPC

/// One element of a `Forwarded` header: `for=192.0.2.43;proto=http`. Source: RFC 7239, section 4.
///
/// The parser is strict. An open quote in a caller's own `Forwarded` would hide what a proxy appends, and two parsers
/// would disagree about the end of an element with text after a closed quote.
struct ForwardedElement: Equatable {
  /// The value of `for`, without its quotes; of several, the first.
  private(set) var client: String?

  /// The steps of a whole header, in order. Empty steps, which lists may have, are left out.
  static func parse(_ text: String) throws(ForwardedHeader.Malformed) -> [ForwardedElement] {
    var rest = ForwardedText(text)
    var elements: [ForwardedElement] = []
    while true {
      rest.skipBlanks()
      if let element = try rest.element() { elements.append(element) }
      rest.skipBlanks()
      if rest.isAtEnd { return elements }
      guard rest.take(UInt8(ascii: ",")) else { throw ForwardedHeader.Malformed() }
    }
  }

  fileprivate mutating func take(_ name: String, _ value: String) {
    if name == "for" && client == nil { client = value }
  }
}

/// The unread rest of a `Forwarded` header.
private struct ForwardedText {
  private var bytes: ArraySlice<UInt8>

  init(_ text: String) { bytes = Array(text.utf8)[...] }

  var isAtEnd: Bool { bytes.isEmpty }

  mutating func skipBlanks() { bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 } }

  mutating func take(_ byte: UInt8) -> Bool {
    guard bytes.first == byte else { return false }
    bytes.removeFirst()
    return true
  }

  /// `name=value` pairs with semicolons between; nil when there is none.
  mutating func element() throws(ForwardedHeader.Malformed) -> ForwardedElement? {
    var element: ForwardedElement?
    while true {
      skipBlanks()
      let name = token()
      if !name.isEmpty {
        guard take(UInt8(ascii: "=")) else { throw ForwardedHeader.Malformed() }
        let value = bytes.first == UInt8(ascii: "\"") ? try quoted() : node()
        element = element ?? ForwardedElement()
        element?.take(name.lowercased(), value)
      }
      skipBlanks()
      guard take(UInt8(ascii: ";")) else { return element }
    }
  }

  private mutating func quoted() throws(ForwardedHeader.Malformed) -> String {
    bytes.removeFirst()
    var text: [UInt8] = []
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escaped = bytes.popFirst() else { throw ForwardedHeader.Malformed() }
        text.append(escaped)
      default: text.append(byte)
      }
    }
    throw ForwardedHeader.Malformed()
  }

  private mutating func token() -> String { taking(HTTPToken.allows) }

  /// A value without quotes: a token, and the addresses with colons and brackets that some proxies do not quote.
  private mutating func node() -> String { taking { HTTPToken.allows($0) || Self.addressMarks.contains($0) } }

  private mutating func taking(_ isTaken: (UInt8) -> Bool) -> String {
    let taken = bytes.prefix(while: isTaken)
    bytes = bytes.dropFirst(taken.count)
    return String(decoding: taken, as: UTF8.self)
  }

  private static let addressMarks = Array(":[]".utf8)
}
