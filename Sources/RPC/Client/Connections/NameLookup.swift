internal import Glibc

extension ListenAddress {
  /// The address of `HOST:PORT`, where HOST is an address or a name that the system can look up; nil when the form is
  /// wrong or the name is unknown.
  ///
  /// Blocks on the resolver: not for a loop's thread.
  public static func lookedUp(_ text: String) -> ListenAddress? {
    if let address = ListenAddress(text) { return address }
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65535).contains(port)
    else { return nil }
    return numeric(String(text[..<colon])).map { .tcp(host: $0, port: port) }
  }

  private static func numeric(_ name: String) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &found) == 0, let first = found else { return nil }
    defer { freeaddrinfo(first) }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      first.pointee.ai_addr, first.pointee.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
    guard status == 0, let end = host.firstIndex(of: 0) else { return nil }
    return String(decoding: host[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
