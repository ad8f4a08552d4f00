internal import CLinux
internal import Glibc

/// An address that a server listens at.
public enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// An IPv4 or IPv6 address and a port; port 0 takes a free one. The host `::` stands for all addresses of both kinds.
  case tcp(host: String, port: Int)
  /// A Unix socket. An existing socket file is replaced if no process listens on it.
  case unix(path: String)

  /// Parses `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`; nil when it is none of them.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count < 108 else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    if host == "" || host == "*" { host = "0.0.0.0" }
    guard SocketAddress(host: host, port: port) != nil else { return nil }
    self = .tcp(host: host, port: port)
  }

  /// The address as it is written in settings.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// A non-blocking socket whose connecting has begun.
  /// - Throws: ``ListenError`` when it cannot even begin.
  func connect() throws(ListenError) -> Int32 {
    guard var address = SocketAddress(self) else { throw ListenError(address: self, reason: "no such address") }
    let fd = address.makeSocket()
    guard fd >= 0, address.withPointer({ Glibc.connect(fd, $0, $1) }) == 0 || errno == EINPROGRESS else {
      let reason = String(cString: strerror(errno))
      if fd >= 0 { close(fd) }
      throw ListenError(address: self, reason: reason)
    }
    return fd
  }
}

/// The server could not listen at an address, or the client could not reach it.
public struct ListenError: Error, CustomStringConvertible {
  /// The address.
  public let address: ListenAddress
  /// The system's reason.
  public let reason: String
  /// The address cannot be listened on for that reason.
  package init(address: ListenAddress, reason: String) {
    self.address = address
    self.reason = reason
  }

  /// A sentence for the operator.
  public var description: String { "\(address): \(reason)" }
}
