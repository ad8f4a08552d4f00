internal import Glibc

/// A file of lines that is only appended to, by any number of processes: each line is on the disk before the next one
/// is written. Nobody but its owner may read it.
public struct LineFile: Sendable {
  private static let mode: mode_t = 0o600
  /// The maximum length of a line.
  public static let lineBytesMax = 64 * 1024
  private static let chunkBytes = 64 * 1024
  /// Two seconds in all, a hundred times what a line takes.
  private static let lockTriesMax = 100
  private static let lockPauseMicroseconds: useconds_t = 20_000

  /// The path; `-` for the standard input, which is only read.
  public let path: String

  /// The file at a path.
  public init(path: String) { self.path = path }

  /// Appends the line that `next` makes of the last one: nil in an empty file.
  public func append(_ next: (_ last: String?) -> String) throws(SealingError) {
    let isNew = access(path, F_OK) != 0
    let file = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, Self.mode)
    guard file >= 0 else { throw problem() }
    defer { close(file) }
    try lock(file)
    var info = stat()
    guard fstat(file, &info) == 0 else { throw problem() }
    let size = info.st_size
    let end = try tail(file, size)
    // A line that a crash has cut off stays, and ends here.
    let isCut = end.last.map { $0 != UInt8(ascii: "\n") } ?? false
    let last = end.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0, as: UTF8.self) }
    do throws(SealingError) {
      try write(Array(((isCut ? "\n" : "") + next(last) + "\n").utf8), to: file)
    } catch {
      // Removes an incomplete line, which would look like a manipulation. This process holds the lock, so the line is
      // its own.
      _ = ftruncate(file, size)
      throw error
    }
    guard fsync(file) == 0 else { throw problem() }
    if isNew { syncFolder() }
  }

  /// Waits for the lock for a limited time: a stopping process must end, and a failed write must be reported.
  private func lock(_ file: Int32) throws(SealingError) {
    for _ in 0..<Self.lockTriesMax {
      if flock(file, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else { throw problem() }
      usleep(Self.lockPauseMicroseconds)
    }
    throw .unusableFile(path: path, reason: "another process keeps it locked")
  }

  private func tail(_ file: Int32, _ size: off_t) throws(SealingError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.lineBytesMax)
    let count = pread(file, &bytes, bytes.count, max(0, size - off_t(bytes.count)))
    guard count >= 0 else { throw problem() }
    return Array(bytes.prefix(count))
  }

  private func write(_ bytes: [UInt8], to file: Int32) throws(SealingError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(file, rest, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw problem() }
      rest.removeFirst(count)
    }
  }

  /// A name that is not on the disk is no file.
  private func syncFolder() {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? "."
    let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }

  /// Reads the lines one after another, however many there are. Of one that is longer than ``lineBytesMax`` the end is
  /// left out.
  public func forEachLine(_ body: (_ number: Int, _ line: String) -> Void) throws(SealingError) {
    let file = path == "-" ? STDIN_FILENO : Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw problem() }
    defer { if file != STDIN_FILENO { close(file) } }
    var (line, number): ([UInt8], Int) = ([], 0)
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw problem() }
      if count == 0 { break }
      for byte in chunk.prefix(count) {
        if byte == UInt8(ascii: "\n") {
          number += 1
          body(number, String(decoding: line, as: UTF8.self))
          line.removeAll(keepingCapacity: true)
        } else if line.count < Self.lineBytesMax {
          line.append(byte)
        }
      }
    }
    if !line.isEmpty { body(number + 1, String(decoding: line, as: UTF8.self)) }
  }

  private func problem() -> SealingError { .unusableFile(path: path, reason: String(cString: strerror(errno))) }
}
