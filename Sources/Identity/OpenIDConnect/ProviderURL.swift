internal import FoundationEssentials

/// The rules for the URLs of providers and for redirect URIs.
package enum ProviderURL {
  private static let bytesMax = 500
  private static let loopbackHosts: Set = ["localhost", "127.0.0.1", "[::1]", "::1"]

  /// Whether a URL of a provider is safe: over TLS, or on the loopback interface.
  package static func isSafe(_ text: String) -> Bool {
    guard let url = parts(of: text), let host = url.host, !host.isEmpty, url.user == nil, url.password == nil,
      url.fragment == nil
    else { return false }
    return url.scheme == "https" || (url.scheme == "http" && loopbackHosts.contains(host))
  }

  /// Whether a URL may be an issuer: safe, and without a query.
  package static func isIssuer(_ text: String) -> Bool { isSafe(text) && parts(of: text)?.query == nil }

  /// Whether a URL may be a redirect URI: a safe page, or a private-use scheme of an app (RFC 8252), which has a dot in
  /// it.
  package static func isRedirect(_ text: String) -> Bool {
    if isSafe(text) { return true }
    guard let url = parts(of: text), let scheme = url.scheme, url.fragment == nil else { return false }
    return scheme.contains(".") && url.user == nil && url.password == nil
  }

  /// Whether `text` is reached without TLS.
  static func isPlain(_ text: String) -> Bool { text.hasPrefix("http://") }

  private static func parts(of text: String) -> URLComponents? {
    guard (1...bytesMax).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !#""\<>^`{|}"#.utf8.contains($0) })
    else { return nil }
    return URLComponents(string: text)
  }
}

/// The form encoding of names and values.
enum FormText {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// `a=1&b=%20`.
  static func encode(_ fields: [(name: String, value: String)]) -> String {
    fields.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
  }

  /// Percent-encodes every character that is not unreserved (RFC 3986, section 2.3).
  static func escape(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf) || "-._~".utf8.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
