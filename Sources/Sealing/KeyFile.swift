internal import Glibc

/// The file with the master keys: one a line, in base64; the first one seals. Only its owner or its group may read it.
public struct KeyFile: Sendable {
  private static let bytesMax = 64 * 1024
  private static let mode: mode_t = 0o600
  private static let othersMode: mode_t = 0o007

  /// The path of the file.
  public let path: String

  /// The key file at a path.
  public init(path: String) { self.path = path }

  /// Reads the keys.
  public func read() throws(SealingError) -> Keyring { try Keyring(text: try text(), place: path) }

  /// Reads the keys. Creates the file with one new key if it does not exist, also when two processes start at once.
  /// - Returns: the keys, and whether they are new.
  public func readOrMake() throws(SealingError) -> (keys: Keyring, isNew: Bool) {
    if access(path, F_OK) == 0 { return (try read(), false) }
    let draft = try write(SecretKey().text + "\n")
    defer { unlink(draft) }
    // A hard link never replaces a file that another process has created.
    let isNew = link(draft, path) == 0
    if !isNew && errno != EEXIST { throw problem() }
    return (try read(), isNew)
  }

  /// Inserts a new key before the others: it seals from now on, and the others still open.
  public func add(_ key: SecretKey) throws(SealingError) {
    let draft = try write(key.text + "\n" + (try text()))
    guard rename(draft, path) == 0 else {
      let problem = problem()
      unlink(draft)
      throw problem
    }
  }

  private func text() throws(SealingError) -> String {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw problem() }
    defer { close(file) }
    var info = stat()
    guard fstat(file, &info) == 0 else { throw problem() }
    guard info.st_mode & Self.othersMode == 0 else {
      throw .unusableFile(path: path, reason: "everybody may read or write it; chmod 600 makes it its owner's")
    }
    var buffer = [UInt8](repeating: 0, count: Self.bytesMax)
    let count = Glibc.read(file, &buffer, buffer.count)
    guard count >= 0 else { throw problem() }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  /// Writes a temporary file next to the key file, with fsync. Returns its path.
  private func write(_ text: String) throws(SealingError) -> String {
    let draft = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
    let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Self.mode)
    guard file >= 0 else { throw problem() }
    let bytes = Array(text.utf8)
    let written = Glibc.write(file, bytes, bytes.count)
    let synced = fsync(file)
    close(file)
    guard written == bytes.count, synced == 0 else {
      let problem = problem()
      unlink(draft)
      throw problem
    }
    return draft
  }

  private func problem() -> SealingError { .unusableFile(path: path, reason: String(cString: strerror(errno))) }
}
