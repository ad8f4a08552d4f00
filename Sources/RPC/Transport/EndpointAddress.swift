internal import CLinux
internal import Glibc

/// The address of one end of a socket.
enum EndpointAddress: Sendable, Equatable {
  /// In an IP network: 4 or 16 bytes of address.
  case ip([UInt8], port: Int)
  /// On this machine; the path is empty where the end has no name.
  case unix(path: String)

  /// Our end of `fd`.
  static func local(of fd: Int32) -> EndpointAddress? { EndpointAddress { getsockname(fd, $0, $1) } }
  /// The other end of `fd`; nil where there is none.
  static func remote(of fd: Int32) -> EndpointAddress? { EndpointAddress { getpeername(fd, $0, $1) } }

  /// The expected ``local(of:)`` of a socket that listens at `address`; `port` replaces port 0.
  init?(_ address: ListenAddress, port free: Int) {
    switch address {
    case .unix(let path): self = .unix(path: path)
    case .tcp(let host, let port):
      let family = host.contains(":") ? AF_INET6 : AF_INET
      var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
      guard inet_pton(family, host, &bytes) == 1 else { return nil }
      self = .ip(bytes, port: port == 0 ? free : port)
    }
  }

  private init?(_ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let answer = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask($0, &length) }
    }
    guard answer == 0 else { return nil }
    let bytes = withUnsafeBytes(of: &storage) { [UInt8]($0) }
    let port = Int(bytes[2]) << 8 | Int(bytes[3])  // at one place in both families
    switch Int32(storage.ss_family) {
    case AF_INET: self = .ip(Array(bytes[4..<8]), port: port)
    case AF_INET6: self = .ip(Array(bytes[8..<24]), port: port)
    case AF_UNIX:
      let path = bytes[..<max(2, min(Int(length), bytes.count))].dropFirst(2).prefix { $0 != 0 }
      self = .unix(path: String(decoding: path, as: UTF8.self))
    default: return nil
    }
  }
}
