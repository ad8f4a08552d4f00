internal import Glibc

/// One end of a socket pair between two of our processes. It carries whole messages in order. When a process ends, the
/// other is notified.
package struct ControlSocket: Sendable {
  /// A longer message is no message.
  package static let messageBytesMax = 64 << 10

  /// To be handed to another process, or to be closed.
  package let descriptor: Int32

  /// Both ends; nil when the process has no descriptors left.
  package static func makePair() -> (ours: ControlSocket, theirs: ControlSocket)? {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    return (ControlSocket(descriptor: ends[0]), ControlSocket(descriptor: ends[1]))
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Adopts an end that another program has handed over; nil when it is none.
  package init?(adopting descriptor: Int32) {
    var kind: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard descriptor > 2, getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &length) == 0,
      kind == Int32(SOCK_SEQPACKET.rawValue), fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
    self.descriptor = descriptor
  }

  /// Sends one message, without waiting.
  /// - Returns: false when the other end is gone, or does not listen.
  @discardableResult
  package func send(_ message: [UInt8]) -> Bool {
    Glibc.send(descriptor, message, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      == message.count
  }

  /// Waits for the next message; nil when the other end is gone.
  package func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: Self.messageBytesMax)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 { return Array(buffer[..<count]) }
      if count == 0 || errno != EINTR { return nil }
    }
  }

  /// Closes it, which the other end notices.
  package func close() { _ = Glibc.close(descriptor) }
}
