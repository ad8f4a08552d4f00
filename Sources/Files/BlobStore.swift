public import FoundationEssentials

/// A part of a blob.
public struct BlobPart: Sendable, Equatable {
  /// The bytes from the position that was asked for: fewer than asked for at the end of the blob, none behind it.
  public let bytes: [UInt8]
  /// The size of the whole blob.
  public let blobBytes: Int
}

/// Blobs by key. Nothing is held in memory as a whole: a blob is put from a file, and read in parts.
///
/// A blob appears whole or not at all, for whoever reads it at the same time and after a crash.
public protocol BlobStore: Sendable {
  /// Stores what `file` holds, in place of what is there. The file can be put several times.
  func put(_ file: StagedFile, as key: BlobKey, contentType: String) async throws(BlobError)

  /// Reads up to `count` bytes, at least one, from `offset` on. Parts that are read one after another may belong to
  /// different blobs if the key is put meanwhile.
  /// - Returns: nil when there is no such blob.
  func read(_ key: BlobKey, from offset: Int, count: Int) async throws(BlobError) -> BlobPart?

  /// Removes a blob; nothing when there is none.
  func delete(_ key: BlobKey) async throws(BlobError)

  /// A URL at which whoever has it may put a blob of exactly so many bytes for `seconds`, without other credentials;
  /// nil for a store that has no such URLs.
  func uploadURL(_ key: BlobKey, bytes: Int, seconds: Int, now: Date) -> String?

  /// The first keys below `folder`, in their order, up to `count` and 1,000 of them; none for a store without
  /// ``uploadURL(_:bytes:seconds:now:)``.
  func uploads(_ folder: BlobKey, count: Int) async throws(BlobError) -> [BlobKey]
}

/// Bytes that are read and written at once.
public enum BlobPiece {
  /// The usual size of a piece, in bytes.
  public static let bytes = 256 * 1024
}

/// The reason why a store did not do what it was asked for.
public enum BlobError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The store cannot be used at this moment; the same may succeed later.
  case unavailable(String)
  /// The store refuses it, as with wrong credentials: it will do so again.
  case refused(String)
  /// The blob has more bytes than `limit`.
  case tooLarge(limit: Int)
  /// There is no such blob.
  case missing

  /// A sentence for a log.
  public var description: String {
    switch self {
    case .unavailable(let reason): "the store is unavailable: \(reason)"
    case .refused(let reason): "the store refused: \(reason)"
    case .tooLarge(let limit): "the blob has more than \(limit) bytes"
    case .missing: "there is no such blob"
    }
  }
}

extension BlobStore {
  /// Copies a blob of at most `bytesMax` bytes to the end of `file`.
  public func fetch(_ key: BlobKey, into file: StagedFile, bytesMax: Int) async throws(BlobError) {
    var offset = 0
    var blobBytes: Int?
    while offset != blobBytes {
      guard let part = try await read(key, from: offset, count: BlobPiece.bytes) else { throw .missing }
      guard part.blobBytes <= bytesMax else { throw .tooLarge(limit: bytesMax) }
      guard part.blobBytes == blobBytes ?? part.blobBytes else { throw .unavailable("the blob was replaced meanwhile") }
      blobBytes = part.blobBytes
      let isExpected = part.bytes.count <= part.blobBytes - offset && (!part.bytes.isEmpty || part.blobBytes == offset)
      guard isExpected else { throw .unavailable("a part has fewer or more bytes than its blob") }
      try await file.append(part.bytes)
      offset += part.bytes.count
    }
  }
}
