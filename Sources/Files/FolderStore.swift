internal import EventLoop
public import FoundationEssentials
internal import Glibc

/// Blobs as files of a folder. Several servers may share it, as over a network file system.
///
/// A blob is written beside its place, stored on the disk, and moved: it is whole or not there, also after a power cut.
public final class FolderStore: BlobStore {
  /// Attempts to put a blob into a folder that others remove.
  private static let movesMax = 3

  private let folder: String
  private let threads: OffLoopWorkers

  /// Blobs below `folder`, put from files of `staging`, which must be on the same file system.
  /// - Throws: ``BlobError/unavailable(_:)``.
  public init(folder: String, staging: StagingFolder) throws(BlobError) {
    self.folder = folder
    threads = staging.threads
    try Folders.make(folder)
  }

  /// Stores a blob: see ``BlobStore/put(_:as:contentType:)``.
  public func put(_ file: StagedFile, as key: BlobKey, contentType: String) async throws(BlobError) {
    let path = path(of: key)
    // The blob will be the same file under another name: nothing may be added to it any more.
    _ = file.sha256()
    try await threads.blocking { () throws(BlobError) in
      try file.sync()
      // The staged file keeps its own name, so that it can be put elsewhere, too. A link does not replace a file: the
      // new one gets a second name first.
      let beside = "\(file.path).put"
      unlink(beside)
      guard link(file.path, beside) == 0 else { throw .ofSystem("the file cannot be linked") }
      // Two names of one file: renaming does nothing then, and the second name stays.
      defer { unlink(beside) }
      try Self.move(beside, to: path)
      try Folders.sync(Folders.above(path))
    }
  }

  /// Moves a file to its place. The folder there may go with its last blob before the file has arrived.
  private static func move(_ file: String, to path: String) throws(BlobError) {
    for _ in 0..<movesMax {
      try Folders.make(Folders.above(path))
      if rename(file, path) == 0 { return }
      guard errno == ENOENT else { break }
    }
    throw .ofSystem("the file cannot be moved")
  }

  /// Reads a part of a blob: see ``BlobStore/read(_:from:count:)``.
  public func read(_ key: BlobKey, from offset: Int, count: Int) async throws(BlobError) -> BlobPart? {
    let path = path(of: key)
    return try await threads.blocking { () throws(BlobError) in
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else {
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw .ofSystem("the blob cannot be opened")
      }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .ofSystem("the blob cannot be read") }
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
      let size = Int(status.st_size)
      let wanted = max(0, min(count, size - min(max(0, offset), size)))
      return BlobPart(bytes: try StagedFile.read(descriptor, from: offset, count: wanted), blobBytes: size)
    }
  }

  /// Removes a blob; nothing when there is none.
  public func delete(_ key: BlobKey) async throws(BlobError) {
    let path = path(of: key)
    try await threads.blocking { () throws(BlobError) in
      // A folder is no blob, as when it is read.
      guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR || errno == EISDIR else {
        throw .ofSystem("the blob cannot be removed")
      }
      // It goes with its last blob: otherwise as many folders would stay as there ever were images.
      if key.text.contains("/") { rmdir(Folders.above(path)) }
    }
  }

  /// None: nobody but a server reaches the folder.
  public func uploadURL(_ key: BlobKey, bytes: Int, seconds: Int, now: Date) -> String? { nil }

  /// None: a folder has no uploads that pass the server by.
  public func uploads(_ folder: BlobKey, count: Int) async throws(BlobError) -> [BlobKey] { [] }

  private func path(of key: BlobKey) -> String { "\(folder)/\(key)" }
}
