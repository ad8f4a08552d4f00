/// SHA-256 of bytes that come piece by piece. For one task at a time.
public final class RunningDigest {
  private let hash = Cryptography.RunningHash()

  /// The digest of no bytes yet.
  public init() {}

  /// Adds a piece.
  public func add(_ bytes: [UInt8]) { hash.add(bytes) }

  /// The digest of all pieces: 32 bytes. Nothing can be added afterwards.
  public func finish() -> [UInt8] { hash.finish() }
}
