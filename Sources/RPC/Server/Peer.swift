/// Who is at the other end of a connection.
public struct Peer: Sendable, Equatable, CustomStringConvertible {
  /// Its address: "203.0.113.9" or "2001:db8::1"; nil over a Unix socket.
  public let host: String?
  /// Its port; 0 over a Unix socket.
  public let port: Int

  /// The TLS certificate with which it has proved who it is; nil when it showed none, or none was asked for.
  public let certificate: PeerCertificate?

  init(socket fd: Int32, certificate: PeerCertificate?) {
    (host, port) = SocketAddress.peer(of: fd) ?? (nil, 0)
    self.certificate = certificate
  }

  /// "203.0.113.9:50612", "[2001:db8::1]:50612" or "unix".
  public var description: String {
    guard let host else { return "unix" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
