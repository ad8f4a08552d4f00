import EventLoop
import Glibc
import Synchronization

/// Stands between a client and the Unix socket of a Postgres, and can fall silent without closing anything: what a
/// frozen server looks like, or a network that swallows packets.
package final class SilentProxy: Sendable {
  private static let chunkBytes = 64 << 10

  private let listener: Int32
  private let target: String
  private let silent = Atomic<Bool>(false)
  private let closed = Atomic<Bool>(false)
  /// Where it listens, on 127.0.0.1.
  package let port: UInt16

  /// A proxy in front of the server whose socket is in `folder`.
  package init(socketFolder folder: String) throws {
    target = folder + "/.s.PGSQL.5432"
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let fd = listener
    let isBound = withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
      return bind(fd, pointer, length) == 0 && listen(fd, 64) == 0 && getsockname(fd, pointer, &length) == 0
    }
    guard isBound else { throw ProxyError() }
    port = UInt16(bigEndian: address.sin_port)
    _ = startThread(named: "proxy") { [self] in accept() }
  }

  /// Whether it passes nothing on, and keeps what it is given.
  package var isSilent: Bool {
    get { silent.load(ordering: .relaxed) }
    set { silent.store(newValue, ordering: .relaxed) }
  }

  /// Takes no more connections.
  package func close() {
    closed.store(true, ordering: .relaxed)
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func accept() {
    while !closed.load(ordering: .relaxed) {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { continue }
      _ = startThread(named: "proxied") { [self] in serve(client) }
    }
    _ = Glibc.close(listener)
  }

  private func serve(_ client: Int32) {
    defer { _ = Glibc.close(client) }
    waitWhileSilent()
    let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { _ = Glibc.close(server) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: target.utf8.prefix($0.count - 1)) }
    let isConnected = withUnsafeBytes(of: &address) {
      connect(
        server, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
    if isConnected { forward(client, server) }
  }

  private func forward(_ client: Int32, _ server: Int32) {
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
    defer { buffer.deallocate() }
    var sides = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while !closed.load(ordering: .relaxed) {
      waitWhileSilent()
      guard poll(&sides, 2, 20) >= 0 else { return }
      for (from, to) in [(0, 1), (1, 0)] where sides[from].revents != 0 {
        waitWhileSilent()
        let count = read(sides[from].fd, buffer, Self.chunkBytes)
        guard count > 0, send(sides[to].fd, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
      }
    }
  }

  private func waitWhileSilent() {
    while silent.load(ordering: .relaxed) && !closed.load(ordering: .relaxed) { usleep(5_000) }
  }
}

/// A proxy cannot listen.
private struct ProxyError: Error {}
