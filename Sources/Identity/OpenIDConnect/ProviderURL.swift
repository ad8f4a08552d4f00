internal import FoundationEssentials

/// Which URLs may be asked for what people's identity hangs on, and where their browsers may be sent.
package enum ProviderURL {
  private static let bytesMax = 500
  private static let loopbackHosts: Set = ["localhost", "127.0.0.1", "[::1]", "::1"]

  /// Whether a provider may be reached there: by TLS, or, on this very machine, without.
  package static func isSafe(_ text: String) -> Bool {
    guard let url = parts(of: text), let host = url.host, !host.isEmpty, url.user == nil, url.password == nil,
      url.fragment == nil
    else { return false }
    return url.scheme == "https" || (url.scheme == "http" && loopbackHosts.contains(host))
  }

  /// Whether a provider may call itself so: safe to reach, and nothing behind the path.
  package static func isIssuer(_ text: String) -> Bool { isSafe(text) && parts(of: text)?.query == nil }

  /// Whether a browser may be sent back there: a page that is reached safely, or an app of the person's device by a
  /// scheme of its own (RFC 8252), which has a dot in it.
  package static func isRedirect(_ text: String) -> Bool {
    if isSafe(text) { return true }
    guard let url = parts(of: text), let scheme = url.scheme, url.fragment == nil else { return false }
    return scheme.contains(".") && url.user == nil && url.password == nil
  }

  /// Whether `text` may be reached without TLS: on this very machine.
  static func isPlain(_ text: String) -> Bool { text.hasPrefix("http://") }

  private static func parts(of text: String) -> URLComponents? {
    guard (1...bytesMax).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !#""\<>^`{|}"#.utf8.contains($0) })
    else { return nil }
    return URLComponents(string: text)
  }
}

/// Names and values as URLs and forms carry them.
enum FormText {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// `a=1&b=%20`.
  static func encode(_ fields: [(name: String, value: String)]) -> String {
    fields.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
  }

  /// Every letter that is not one in all places (RFC 3986, section 2.3) is written `%XX`.
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
