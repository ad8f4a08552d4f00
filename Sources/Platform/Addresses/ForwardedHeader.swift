internal import RPC

/// The header in which proxies say for whom they call. Only one is read: a proxy that writes the one may pass on the
/// other as its caller made it up.
package enum ForwardedHeader: String, Sendable, CaseIterable {
  /// `x-forwarded-for: CLIENT, PROXY, PROXY`, each proxy adding the address that it was called from.
  case xForwardedFor = "x-forwarded-for"
  /// `forwarded: for=CLIENT;proto=https, for="[2001:db8::1]:1234"`. Source: RFC 7239.
  case forwarded

  /// Steps that are read, counted from the nearest. More cannot be meant.
  static let stepsMax = 32

  /// The addresses that the header names, the nearest first; nil stands for what is no address (`unknown`, `_hidden`).
  func addresses(_ metadata: Metadata) -> [IPAddress?] {
    let steps = metadata.values(rawValue).flatMap { Self.split($0, at: UInt8(ascii: ",")) }
    return steps.suffix(Self.stepsMax).reversed().map { step in
      switch self {
      case .xForwardedFor: Self.address(step)
      case .forwarded: Self.pairs(step)["for"].flatMap { Self.address($0) }
      }
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

  /// `name=value` pairs; the first of a name counts.
  private static func pairs(_ step: String) -> [String: String] {
    var pairs: [String: String] = [:]
    for pair in split(step, at: UInt8(ascii: ";")) {
      guard let equals = pair.firstIndex(of: "=") else { continue }
      let name = pair[..<equals].lowercased()
      if pairs[name] == nil { pairs[name] = unquoted(String(pair[pair.index(after: equals)...])) }
    }
    return pairs
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
    return String(text.dropFirst().dropLast()).replacing("\\", with: "")
  }

  /// The parts between separators that do not stand in quotes, without the blanks around them.
  private static func split(_ text: String, at separator: UInt8) -> [String] {
    var parts: [[UInt8]] = [[]]
    var isQuoted = false
    var isEscaped = false
    for byte in text.utf8 {
      if byte == separator && !isQuoted {
        parts.append([])
        continue
      }
      if byte == UInt8(ascii: "\"") && !isEscaped { isQuoted.toggle() }
      isEscaped = byte == UInt8(ascii: "\\") && isQuoted && !isEscaped
      parts[parts.count - 1].append(byte)
    }
    return parts.map { part in
      let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
      let text = part.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
      return String(decoding: text, as: UTF8.self)
    }
  }
}
