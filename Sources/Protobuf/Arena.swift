package import CProtobufC

/// The memory of one call: messages, texts and rows live in it and go all at once.
///
/// A bump pointer over a chain of chunks. Views (`Text`, messages, `RepeatedField`) hold their arena strongly, so
/// that nothing read through them can dangle. An arena belongs to one event loop: it is not `Sendable`.
///
/// Memory is bounded: what bytes from outside may fill (decoding, rows) stops at `limit`. What the program
/// itself builds may pass it; then `isOverLimit` is set, and encoding from this arena fails.
public final class Arena {
  /// The default limit of an arena: 64 MiB.
  public static let defaultLimitBytes = 64 << 20

  /// Size of the first chunk, unless more is wanted at once; it is kept over `reset()`.
  static let firstChunkBytes = 4 << 10
  /// Chunks double up to this size.
  static let largestChunkBytes = 256 << 10
  /// A first chunk that was made for one large message is not worth keeping for the next user.
  package static let keptChunkBytes = 32 << 10
  /// Every allocation starts on a multiple of this and is rounded up to one.
  @usableFromInline static let alignment = 16

  // An arena is used by one loop, and none of its functions hands out access to these: checking exclusivity at run
  // time would only cost.
  @exclusivity(unchecked) @usableFromInline var cursor: UnsafeMutableRawPointer
  @exclusivity(unchecked) @usableFromInline var end: UnsafeMutableRawPointer
  /// The arena that `keep` was last called with.
  @exclusivity(unchecked) @usableFromInline var kept: Arena?
  private var chunk: UnsafeMutablePointer<Chunk>?
  private var bytesInFullChunks = 0
  private var bytesOwned = 0
  private var owned: UnsafeMutablePointer<OwnedObject>?
  private var allocator: UnsafeMutablePointer<ProtobufCAllocator>?

  /// The most bytes that decoding and rows may take from this arena.
  public let limit: Int
  /// Whether the program itself took more than `limit` bytes; encoding then fails.
  public private(set) var isOverLimit = false

  /// An empty arena. Takes no memory before its first use.
  /// - Parameter limit: bytes; decoding and rows fail beyond it.
  public init(limit: Int = Arena.defaultLimitBytes) {
    self.limit = limit
    cursor = Arena.nowhere
    end = Arena.nowhere
  }

  deinit {
    releaseOwned()
    freeChunks(upTo: -1)
  }

  /// Bytes that it holds, handed out or not.
  package var bytesReserved: Int {
    var total = 0
    var next = chunk
    while let chunk = next {
      total += chunk.pointee.bytes
      next = chunk.pointee.previous
    }
    return total
  }

  /// Bytes handed out since the arena was made or reset, rounded up to the alignment of each piece, and those of the
  /// objects that it owns.
  public var bytesUsed: Int { bytesInChunks + bytesOwned }

  private var bytesInChunks: Int { chunk.map { bytesInFullChunks + (cursor - $0.start) } ?? 0 }

  /// Removes its contents, and keeps the first chunk for the next user unless it is a large one.
  ///
  /// Only the sole owner may call it: existing views would read foreign memory (see `isKnownUniquelyReferenced`).
  public func reset() {
    releaseOwned()
    freeChunks(upTo: Arena.keptChunkBytes)
    kept = nil
    isOverLimit = false
    allocator = nil
  }

  /// Memory of at least `bytes` bytes, aligned to 16, not zeroed; nil when the arena's limit is reached.
  @inlinable
  package func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    takeFromChunk(bytes) ?? allocateInNewChunk(bytes, mayPassLimit: false)
  }

  /// The same as `allocate` for messages that the program builds: it never fails, but sets `isOverLimit` beyond the
  /// limit.
  @inlinable
  package func allocateForProgram(_ bytes: Int) -> UnsafeMutableRawPointer {
    guard let start = takeFromChunk(bytes) ?? allocateInNewChunk(bytes, mayPassLimit: true) else {
      preconditionFailure("an allocation of \(bytes) bytes")
    }
    return start
  }

  /// Allocates from the current chunk, if it has room. Chunks end on a multiple of the alignment, so a size that fits
  /// also fits rounded up.
  @inlinable
  func takeFromChunk(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard UInt(bitPattern: bytes) <= UInt(bitPattern: end - cursor) else { return nil }
    let start = cursor
    cursor = start + ((bytes &+ (Arena.alignment &- 1)) & ~(Arena.alignment &- 1))
    return start
  }

  @usableFromInline
  func allocateInNewChunk(_ bytes: Int, mayPassLimit: Bool) -> UnsafeMutableRawPointer? {
    guard bytes >= 0, bytes < Int.max / 2 else { return nil }
    let needed = (bytes + Arena.alignment - 1) & ~(Arena.alignment - 1)
    if bytesUsed + needed > limit {
      guard mayPassLimit else { return nil }
      isOverLimit = true
    }
    let usual = chunk.map { min($0.pointee.bytes * 2, Arena.largestChunkBytes) } ?? Arena.firstChunkBytes
    // No more room than the limit leaves, so that what fits is within the limit.
    let fresh = Chunk.make(bytes: max(needed, min(usual, bytesLeft)), after: chunk)
    bytesInFullChunks = bytesInChunks
    chunk = fresh
    cursor = fresh.start + needed
    end = fresh.start + fresh.pointee.bytes
    return fresh.start
  }

  /// Takes over `object`: `release` is called with it when the arena is reset or ends (a `PQclear`, for instance).
  package func own(
    _ object: UnsafeMutableRawPointer, release: @convention(c) (UnsafeMutableRawPointer?) -> Void
  ) {
    let node = allocateForProgram(MemoryLayout<OwnedObject>.size).bindMemory(to: OwnedObject.self, capacity: 1)
    node.initialize(to: OwnedObject(object: object, release: release, next: owned))
    owned = node
  }

  /// Keeps `other` alive until this arena is reset or freed, so that messages here may refer to its contents instead of
  /// copying them: for values that a loop holds in memory and puts into many responses.
  ///
  /// When it is called with several arenas, all of them are kept, and messages refer to the contents of the last one.
  public func keep(_ other: Arena) {
    if other === kept || other === self { return }
    if let kept { own(kept) }
    kept = other
  }

  /// Keeps `object` until the arena is reset or ends. Its `bytes` count as used.
  package func own(_ object: AnyObject, bytes: Int = 0) {
    own(Unmanaged.passRetained(object).toOpaque()) { object in
      if let object { Unmanaged<AnyObject>.fromOpaque(object).release() }
    }
    guard bytes > 0 else { return }
    bytesOwned += bytes
    if end - cursor > bytesLeft { end = cursor + bytesLeft }  // the chunk has more room than the limit leaves
  }

  /// The bytes that may be taken before the limit is reached.
  private var bytesLeft: Int { max(0, limit - bytesUsed) & ~(Arena.alignment - 1) }

  /// The arena as protobuf-c's allocator. Each size is rounded up to a power of two, so that the capacity of an
  /// unpacked array is known from its count (see `RepeatedField`).
  package var cAllocator: UnsafeMutablePointer<ProtobufCAllocator> {
    if let allocator { return allocator }
    let made = allocateForProgram(MemoryLayout<ProtobufCAllocator>.size)
      .bindMemory(to: ProtobufCAllocator.self, capacity: 1)
    made.initialize(
      to: ProtobufCAllocator(
        alloc: { data, size in
          guard let data, size < Int.max / 4 else { return nil }
          return Unmanaged<Arena>.fromOpaque(data)._withUnsafeGuaranteedRef {
            $0.allocate(Arena.powerOfTwo(atLeast: size))
          }
        },
        free: { _, _ in },
        allocator_data: Unmanaged.passUnretained(self).toOpaque()))
    allocator = made
    return made
  }

  /// The least power of two that is not below `size`.
  @inlinable
  static func powerOfTwo(atLeast size: Int) -> Int {
    size <= 1 ? 1 : 1 << (Int.bitWidth - (size - 1).leadingZeroBitCount)
  }

  private func releaseOwned() {
    while let node = owned {
      owned = node.pointee.next
      node.pointee.release(node.pointee.object)
    }
  }

  /// Gives all chunks back but the first, and that one too when it has more than `keptBytes`.
  private func freeChunks(upTo keptBytes: Int) {
    while let last = chunk, last.pointee.previous != nil || last.pointee.bytes > keptBytes {
      chunk = last.pointee.previous
      UnsafeMutableRawPointer(last).deallocate()
    }
    bytesInFullChunks = 0
    bytesOwned = 0
    cursor = chunk?.start ?? Arena.nowhere
    end = chunk.map { $0.start + $0.pointee.bytes } ?? Arena.nowhere
  }

  /// The pointers of an arena without chunks, which has no room.
  private static var nowhere: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: alignment).unsafelyUnwrapped
  }
}

/// An object that the arena releases at its end. Nodes are allocated in the arena itself.
private struct OwnedObject {
  let object: UnsafeMutableRawPointer
  let release: @convention(c) (UnsafeMutableRawPointer?) -> Void
  let next: UnsafeMutablePointer<OwnedObject>?
}
