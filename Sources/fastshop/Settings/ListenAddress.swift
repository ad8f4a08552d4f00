/// A host and a port, as in "127.0.0.1:8080", "[::1]:8080" or "shop.example:443".
struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
  let host: String
  let port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Nil unless there is a host, a colon and a port. An IPv6 address stands in brackets.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.allSatisfy({ !$0.isWhitespace && $0 != "/" }) else { return nil }
    self.init(host: String(host), port: port)
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Whether to listen, and where.
enum Listening: Equatable, Sendable {
  case off
  case on(ListenAddress)

  init?(_ text: String) {
    if text == "off" {
      self = .off
    } else if let address = ListenAddress(text) {
      self = .on(address)
    } else {
      return nil
    }
  }

  var address: ListenAddress? {
    if case .on(let address) = self { address } else { nil }
  }
}
