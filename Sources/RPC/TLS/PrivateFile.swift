import Glibc

/// Writes a small file atomically, so that no process reads a part of it, or reads it before its mode is set.
enum PrivateFile {
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(TLSError) {
    let draft = "\(path).\(getpid())"
    unlink(draft)
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else { throw failure(draft) }
    let written = write(file, bytes, bytes.count)
    let synced = fsync(file)
    close(file)
    guard written == bytes.count, synced == 0, rename(draft, path) == 0 else {
      let error = failure(path)
      unlink(draft)
      throw error
    }
  }

  /// The current `errno` as an error about `path`.
  static func failure(_ path: String) -> TLSError {
    .unusableFile(path: path, reason: String(cString: strerror(errno)))
  }
}
