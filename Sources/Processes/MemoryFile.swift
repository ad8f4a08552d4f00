internal import CLinux
internal import Glibc

/// A file in memory (memfd) that our processes share.
package struct MemoryFile: Sendable {
  /// To be handed to another process, or to be closed.
  package let descriptor: Int32

  /// A file of zeros with this size, which cannot be shrunk; nil when the system has no memory or descriptor left.
  package init?(named name: String, bytes: Int) {
    let made = linux_memory_file(name, bytes)
    guard made >= 0 else { return nil }
    descriptor = made
  }

  /// Adopts one that another program has handed over; nil when it is no file.
  package init?(adopting descriptor: Int32) {
    var status = stat()
    guard descriptor > 2, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
    self.descriptor = descriptor
  }

  /// Writes `bytes` at its beginning.
  /// - Returns: whether all of them were written.
  package func write(_ bytes: [UInt8]) -> Bool { pwrite(descriptor, bytes, bytes.count, 0) == bytes.count }

  /// Reads its contents, at most this many bytes.
  package func read(bytesMax: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Array(bytes[..<max(0, count)])
  }

  /// Closes it; its memory is freed when no process has it open.
  package func close() { _ = Glibc.close(descriptor) }
}
