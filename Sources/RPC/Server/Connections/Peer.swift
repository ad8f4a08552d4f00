/// The other end of a connection.
public struct Peer: Sendable, Equatable, CustomStringConvertible {
  /// Its address: "203.0.113.9" or "2001:db8::1"; nil over a Unix socket.
  public let host: String?
  /// Its port; 0 over a Unix socket.
  public let port: Int

  /// Its address as a number, IPv4 in the range that IPv6 has for it (`::ffff:0:0/96`); nil over a Unix socket.
  public let address: UInt128?

  /// The verified TLS certificate of the client; nil when it sent none, or none was requested.
  public let certificate: PeerCertificate?

  init(socket fd: Int32, certificate: PeerCertificate?) {
    let found = SocketAddress.peer(of: fd)
    host = found?.host
    port = found?.port ?? 0
    address = found?.number
    self.certificate = certificate
  }

  /// "203.0.113.9:50612", "[2001:db8::1]:50612" or "unix".
  public var description: String {
    guard let host else { return "unix" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
