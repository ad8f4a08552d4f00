internal import Glibc

/// Closing a descriptor from where `close` already means something else.
enum SocketClosing {
  static func close(_ fd: Int32) { _ = Glibc.close(fd) }
}
