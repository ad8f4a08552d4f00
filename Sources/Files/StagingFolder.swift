internal import EventLoop
internal import Glibc
internal import Sealing

/// The folder for files that are being written. A file is locked by the process that writes it: what is not locked was
/// left by one that died, and is removed.
public final class StagingFolder: Sendable {
  /// The threads that write and read files: the disk may block them.
  private static let threadCount = 4

  /// The path of the folder.
  public let path: String
  let threads = OffLoopWorkers(count: threadCount, named: "files")

  /// The folder at `path`, which is made if it is not there, readable for its owner only.
  /// - Throws: ``BlobError/unavailable(_:)``.
  public init(path: String) throws(BlobError) {
    self.path = path
    try Folders.make(path)
    removeAbandoned()
  }

  /// Waits for what its threads have to do, and ends them. No file is used afterwards.
  public func close() async {
    await Task.detached { [threads] in threads.shutdown() }.value
  }

  /// A new, empty file.
  public func file() async throws(BlobError) -> StagedFile {
    try await threads.blocking { [self] () throws(BlobError) in try open() }
  }

  private func open() throws(BlobError) -> StagedFile {
    let path = "\(path)/\(Hexadecimal.text(Digest.random(16)))"
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .ofSystem("no file can be made") }
    let file = StagedFile(path: path, descriptor: descriptor, threads: threads)
    // Without the lock, another process might take it for abandoned.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .ofSystem("the file cannot be locked") }
    // One that starts now may have done so just before.
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .ofSystem("the file cannot be looked at") }
    guard status.st_nlink > 0 else { throw .unavailable("the file was taken for abandoned") }
    return file
  }

  /// Removes what processes that died have left.
  private func removeAbandoned() {
    for name in Folders.names(in: path) {
      let path = "\(path)/\(name)"
      // NFS locks only what is open for writing.
      let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      Glibc.close(descriptor)
    }
  }
}
