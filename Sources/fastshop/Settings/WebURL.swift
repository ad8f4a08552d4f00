import Platform
import UnicodeText

/// A URL in a setting, validated as `scheme://host[:port][/…]`. An internationalised host is converted to the form of
/// DNS and browsers (`xn--…`).
struct WebURL: Equatable, Sendable {
  private static let bytesMax = 2_000
  private static let hostBytesMax = 253
  private static let labelBytesMax = 63

  /// In lower case.
  let scheme: String
  /// `user:password`; nil without. Secret.
  let userInfo: String?
  /// A name or an address; that of IPv6 in brackets.
  let host: String
  let port: UInt16?
  /// The part after the host and port: a path, a query, a fragment.
  let rest: String

  /// Nil for what is no URL of one of these schemes, or names no place.
  init?(_ text: String, schemes: Set<String>) {
    guard text.utf8.count <= Self.bytesMax, let colon = text.firstRange(of: "://") else { return nil }
    scheme = text[..<colon.lowerBound].lowercased()
    let behind = text[colon.upperBound...]
    let end = behind.firstIndex { "/?#".contains($0) } ?? behind.endIndex
    rest = String(behind[end...])
    var place = behind[..<end]
    if let at = place.lastIndex(of: "@") {
      userInfo = String(place[..<at])
      place = place[place.index(after: at)...]
    } else {
      userInfo = nil
    }
    guard let (host, port) = Self.hostAndPort(place) else { return nil }
    (self.host, self.port) = (host, port)
    guard schemes.contains(scheme), Self.isPlain(rest), Self.isPlain(userInfo ?? "") else { return nil }
  }

  /// The URL as programs exchange it.
  var text: String {
    "\(scheme)://\(userInfo.map { $0 + "@" } ?? "")\(host)\(port.map { ":\($0)" } ?? "")\(rest)"
  }

  private static func hostAndPort(_ place: Substring) -> (String, UInt16?)? {
    if place.hasPrefix("[") {
      guard let end = place.firstIndex(of: "]"), IPAddress(place[..<end].dropFirst()) != nil else { return nil }
      let behind = place[place.index(after: end)...]
      if behind.isEmpty { return (String(place[...end]), nil) }
      guard behind.hasPrefix(":"), let port = port(behind.dropFirst()) else { return nil }
      return (String(place[...end]), port)
    }
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let host = host(String(parts[0])) else { return nil }
    if parts.count == 1 { return (host, nil) }
    return port(parts[1]).map { (host, $0) }
  }

  private static func port(_ text: Substring) -> UInt16? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
      return nil
    }
    return port
  }

  private static func host(_ text: String) -> String? {
    let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    guard let name = isASCII ? text : DomainName.ascii(text), (1...hostBytesMax).contains(name.utf8.count) else {
      return nil
    }
    // A dot at the end marks an absolute name.
    let whole = name.hasSuffix(".") ? name.dropLast() : name[...]
    let labels = whole.split(separator: ".", omittingEmptySubsequences: false)
    let areLabels = labels.allSatisfy { label in
      (1...labelBytesMax).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy(isLabelByte)
    }
    return areLabels ? name : nil
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !#""\<>"#.utf8.contains($0) }
  }
}
