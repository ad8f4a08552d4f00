internal import Glibc

/// Closes a descriptor from types whose own `close` hides the system call.
enum SocketClosing {
  static func close(_ fd: Int32) { _ = Glibc.close(fd) }
}
