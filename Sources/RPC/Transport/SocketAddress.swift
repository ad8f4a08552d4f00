internal import CLinux
internal import Glibc

/// A socket address in the form of the system calls.
struct SocketAddress {
  private var storage = sockaddr_storage()
  private var length: socklen_t = 0

  var family: Int32 { Int32(storage.ss_family) }

  /// A numeric IPv4 or IPv6 address; nil for anything else.
  init?(host: String, port: Int) {
    var v4 = sockaddr_in()
    var v6 = sockaddr_in6()
    if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = in_port_t(port).bigEndian
      fill(&v4)
    } else if inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 {
      v6.sin6_family = sa_family_t(AF_INET6)
      v6.sin6_port = in_port_t(port).bigEndian
      fill(&v6)
    } else {
      return nil
    }
  }

  /// The path of a Unix socket, at most 107 bytes.
  init?(path: String) {
    var unix = sockaddr_un()
    unix.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: unix.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: bytes) }
    fill(&unix)
  }

  init?(_ address: ListenAddress) {
    switch address {
    case .tcp(let host, let port): self.init(host: host, port: port)
    case .unix(let path): self.init(path: path)
    }
  }

  private mutating func fill<Address>(_ address: inout Address) {
    length = socklen_t(MemoryLayout<Address>.size)
    withUnsafeMutableBytes(of: &storage) { target in
      withUnsafeBytes(of: &address) { target.copyMemory(from: $0) }
    }
  }

  /// A non-blocking stream socket of this family, or -1.
  func makeSocket() -> Int32 {
    let kinds = [SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC].map { Int32($0.rawValue) }
    return socket(family, kinds.reduce(0, |), 0)
  }

  mutating func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    let length = length
    return withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// The port that a socket is bound to.
  static func localPort(of fd: Int32) -> Int {
    var address = SocketAddress(host: "0.0.0.0", port: 0)!
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let found = withUnsafeMutablePointer(to: &address.storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &length) }
    }
    guard found == 0 else { return 0 }
    return withUnsafeBytes(of: &address.storage) {
      Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))  // at one place in both families
    }
  }

  /// The address that a socket is connected to, as a number; nil over a Unix socket.
  static func peerNumber(of fd: Int32) -> UInt128? {
    var address = SocketAddress(host: "0.0.0.0", port: 0)!
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let found = withUnsafeMutablePointer(to: &address.storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(fd, $0, &length) }
    }
    guard found == 0, address.family == AF_INET || address.family == AF_INET6 else { return nil }
    let family = address.family
    return withUnsafeBytes(of: &address.storage) { number(of: family, $0) }
  }

  /// The peer of a socket; nil over a Unix socket.
  static func peer(of fd: Int32) -> (host: String, port: Int, number: UInt128)? {
    var address = SocketAddress(host: "0.0.0.0", port: 0)!
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let found = withUnsafeMutablePointer(to: &address.storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(fd, $0, &length) }
    }
    guard found == 0, address.family == AF_INET || address.family == AF_INET6 else { return nil }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let capacity = socklen_t(text.count)
    let named = address.withPointer { pointer, _ in
      getnameinfo(pointer, length, &text, capacity, nil, 0, NI_NUMERICHOST)
    }
    guard named == 0 else { return nil }
    let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let family = address.family
    return withUnsafeBytes(of: &address.storage) {
      let port = UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      return (host, Int(port), number(of: family, $0))
    }
  }

  /// An address in its kernel form as a number; IPv4 is mapped to IPv6.
  private static func number(of family: Int32, _ bytes: UnsafeRawBufferPointer) -> UInt128 {
    if family == AF_INET {
      return 0xffff_0000_0000 | UInt128(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    }
    return UInt128(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt128.self))
  }
}
