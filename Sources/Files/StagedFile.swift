internal import EventLoop
internal import Glibc
internal import Sealing
internal import Synchronization

/// A file that is being written, until it is put into a store. It is gone when nothing refers to it, and when its
/// process dies: see ``StagingFolder``.
///
/// Worker threads read and write it. For one task at a time.
public final class StagedFile: Sendable {
  private struct Contents: ~Copyable {
    var bytes = 0
    let digest = RunningDigest()
    var sha256: [UInt8]?
    var syncFailure: BlobError?
  }

  /// The file's path.
  let path: String
  private let descriptor: Int32
  private let threads: OffLoopWorkers
  private let contents = Mutex(Contents())

  init(path: String, descriptor: Int32, threads: OffLoopWorkers) {
    (self.path, self.descriptor, self.threads) = (path, descriptor, threads)
  }

  deinit {
    let (path, descriptor) = (path, descriptor)
    // To free the blocks of a large file takes the system a while.
    let remove: @Sendable () -> Void = {
      unlink(path)
      close(descriptor)
    }
    if !threads.submit(remove) { remove() }
  }

  /// The bytes that were written.
  public var bytes: Int { contents.withLock { $0.bytes } }

  /// Writes bytes at the end. Not after ``sha256()``, and not after the file was put into a store.
  public func append(_ bytes: [UInt8]) async throws(BlobError) {
    try await run { [self] () throws(BlobError) in
      try contents.withLock { (contents) throws(BlobError) in
        precondition(contents.sha256 == nil, "a file whose digest is known is not written any more")
        try Self.writeAll(bytes, to: descriptor, at: contents.bytes)
        contents.digest.add(bytes)
        contents.bytes += bytes.count
      }
    }
  }

  /// The digest of what was written: 32 bytes.
  public func sha256() -> [UInt8] {
    contents.withLock { contents in
      if let known = contents.sha256 { return known }
      let digest = contents.digest.finish()
      contents.sha256 = digest
      return digest
    }
  }

  /// A digest of what was written, another one for each purpose: 32 bytes.
  public func sha256(for purpose: String) -> [UInt8] { Digest.sha256(Array(purpose.utf8) + sha256()) }

  /// Reads up to `count` bytes from `offset` on.
  public func read(from offset: Int, count: Int) async throws(BlobError) -> [UInt8] {
    try await run { [self] () throws(BlobError) in try Self.read(descriptor, from: offset, count: count) }
  }

  /// Calls `body` with the file's path, which is there until `body` returns.
  public func withPath<R, Failure: Error>(
    _ body: (String) async throws(Failure) -> R
  ) async throws(Failure) -> R {
    defer { withExtendedLifetime(self) {} }
    return try await body(path)
  }

  /// Has the disk keep what was written.
  func sync() throws(BlobError) {
    let failure: BlobError? = fsync(descriptor) == 0 ? nil : .ofSystem("the file cannot be stored")
    // Linux forgets what it could not write, so the next call would succeed.
    let first: BlobError? = contents.withLock { contents in
      contents.syncFailure = contents.syncFailure ?? failure
      return contents.syncFailure
    }
    if let first { throw first }
  }

  private func run<R: Sendable>(
    _ body: @escaping @Sendable () throws(BlobError) -> R
  ) async throws(BlobError) -> R {
    try await threads.blocking(body)
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) throws(BlobError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        pwrite(descriptor, all.baseAddress.map { $0 + written }, all.count - written, off_t(offset + written))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .ofSystem("the file cannot be written") }
      written += count
    }
  }

  static func read(_ descriptor: Int32, from offset: Int, count: Int) throws(BlobError) -> [UInt8] {
    var failure: BlobError?
    let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
      while filled < buffer.count {
        let count = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
        if count < 0 && errno == EINTR { continue }
        if count < 0 { failure = .ofSystem("the file cannot be read") }
        if count <= 0 { return }
        filled += count
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

extension BlobError {
  /// The failure that `errno` names.
  static func ofSystem(_ what: String) -> BlobError { .unavailable("\(what): \(String(cString: strerror(errno)))") }
}

extension OffLoopWorkers {
  /// Runs a call that blocks on one of the threads.
  func blocking<R: Sendable>(_ body: @escaping @Sendable () throws(BlobError) -> R) async throws(BlobError) -> R {
    do {
      return try await run(body)
    } catch let error as BlobError {
      throw error
    } catch {
      throw .unavailable("too much waits for the disk")
    }
  }
}
