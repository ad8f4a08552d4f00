internal import CLinux
internal import Glibc

/// Where a server listens.
public enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// An IPv4 or IPv6 address and a port; port 0 takes a free one.
  case tcp(host: String, port: Int)
  /// A Unix socket; an old socket file there is replaced.
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

  /// As it is written in settings.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// A listening, non-blocking socket.
  /// - Throws: ``ListenError`` when the system refuses, with its reason.
  func listen() throws(ListenError) -> (fd: Int32, bound: ListenAddress) {
    switch self {
    case .unix(let path): unlink(path)
    case .tcp: break
    }
    guard var address = SocketAddress(self) else { throw ListenError(address: self, reason: "no such address") }
    let fd = address.makeSocket()
    var on: Int32 = 1
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    guard fd >= 0, address.withPointer({ bind(fd, $0, $1) }) == 0, Glibc.listen(fd, Self.backlog) == 0 else {
      let reason = String(cString: strerror(errno))
      if fd >= 0 { close(fd) }
      throw ListenError(address: self, reason: reason)
    }
    guard case .tcp(let host, _) = self else { return (fd, self) }
    return (fd, .tcp(host: host, port: SocketAddress.localPort(of: fd)))
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

  /// Connections that the kernel may hold before they are accepted.
  private static let backlog: Int32 = 4096
}

/// An address could not be listened on, or not be reached.
public struct ListenError: Error, CustomStringConvertible {
  /// Where it was to listen.
  public let address: ListenAddress
  /// The system's reason.
  public let reason: String
  /// A sentence for whoever starts the server.
  public var description: String { "\(address): \(reason)" }
}
