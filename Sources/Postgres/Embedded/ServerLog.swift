internal import Glibc

/// The file that the server logs to, and that is emptied when it has become long.
struct ServerLog {
  /// The interval of looks at its size.
  static let lookSeconds: UInt32 = 1
  /// A file of more bytes is emptied.
  static let bytesMax: off_t = 16 << 20

  /// Open for appending: the server goes on where the file ends then.
  let descriptor: Int32

  /// Empties it if it is long.
  func limit() {
    var info = stat()
    if fstat(descriptor, &info) == 0, info.st_size > Self.bytesMax { ftruncate(descriptor, 0) }
  }
}
