internal import RPC

/// The header in which proxies name the client. The server reads only one kind, because a proxy that writes one may
/// pass on the other as the client sent it.
package enum ForwardedHeader: String, Sendable, CaseIterable {
  /// `x-forwarded-for: CLIENT, PROXY, PROXY`, each proxy adding the address that it was called from.
  case xForwardedFor = "x-forwarded-for"
  /// `forwarded: for=CLIENT;proto=https, for="[2001:db8::1]:1234"`. Source: RFC 7239.
  case forwarded

  /// Steps that are read, counted from the nearest. More cannot be meant.
  static let stepsMax = 32

  /// The header is malformed, so that the part of a proxy cannot be distinguished from the part of its client.
  package struct Malformed: Error, Equatable {}

  /// The addresses in the header, the nearest first; nil stands for elements that are not addresses (`unknown`,
  /// `_hidden`).
  ///
  /// Several fields are one list, in their order (RFC 9110, section 5.3).
  /// - Throws: ``Malformed`` for an open quote or misplaced text: the rest, including the caller's address, may be part
  ///   of a text that the caller quoted. `X-Forwarded-For` has no quotes: commas separate its elements.
  func addresses(_ metadata: Metadata) throws(Malformed) -> [IPAddress?] {
    let fields = metadata.values(rawValue)
    switch self {
    case .xForwardedFor:
      let steps = fields.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      return steps.suffix(Self.stepsMax).reversed().map { Self.address(String($0.trimmingBlanks)) }
    case .forwarded:
      let steps = try ForwardedElement.parse(fields.joined(separator: ", "))
      return steps.suffix(Self.stepsMax).reversed().map { $0.client.flatMap { Self.address($0) } }
    }
  }

  /// An address, perhaps with a port: `203.0.113.9`, `203.0.113.9:80`, `2001:db8::1`, `[2001:db8::1]:80`.
  static func address(_ text: String) -> IPAddress? {
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || isPort(rest) else { return nil }
      return IPAddress(text[text.index(after: text.startIndex)..<end])
    }
    if let colon = text.firstIndex(of: ":"), text.contains(".") && text.lastIndex(of: ":") == colon {
      guard isPort(text[colon...]) else { return nil }
      return IPAddress(text[..<colon])
    }
    return IPAddress(text)
  }

  private static func isPort(_ text: Substring) -> Bool {
    let digits = text.dropFirst().utf8
    return text.hasPrefix(":") && (1...5).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
  }
}
