import Glibc

/// Bytes that grow downwards: what is put in front needs no length in advance and moves nothing.
@safe
public struct EncodeBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  /// The first byte.
  package private(set) var start: UnsafeMutableRawPointer

  /// An empty buffer.
  /// - Parameter capacity: bytes; it grows beyond as needed.
  public init(capacity: Int) {
    self.capacity = max(capacity, 64)
    base = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 16)
    start = base + self.capacity
  }

  deinit { base.deallocate() }

  /// Number of bytes in it.
  public var count: Int { (base + capacity) - start }

  /// Leaves no byte; the memory stays.
  public mutating func removeAll() { start = base + capacity }

  /// Removes all bytes, and frees memory beyond `keptBytes`.
  package mutating func reset(keepBytes keptBytes: Int) {
    if capacity > keptBytes { self = EncodeBuffer(capacity: keptBytes) } else { removeAll() }
  }

  /// Puts one byte in front.
  public mutating func prepend(_ byte: UInt8) {
    reserve(1)
    start -= 1
    start.storeBytes(of: byte, as: UInt8.self)
  }

  /// Puts four bytes in front, the most significant first.
  public mutating func prepend(bigEndian value: UInt32) {
    reserve(4)
    start -= 4
    start.storeBytes(of: value.bigEndian, as: UInt32.self)
  }

  /// Puts bytes in front, in their order.
  public mutating func prepend(contentsOf bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    start -= bytes.count
    memcpy(start, source, bytes.count)
  }

  /// Calls `body` with the bytes.
  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// Makes room for `bytes` more in front.
  package mutating func reserve(_ bytes: Int) {
    if start - base >= bytes { return }
    let used = count
    let larger = max(capacity * 2, used + bytes)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    memcpy(fresh + (larger - used), start, used)
    base.deallocate()
    base = fresh
    capacity = larger
    start = fresh + (larger - used)
  }

  /// Puts a message's encoding in front.
  package mutating func prepend(_ message: MessageStorage, of descriptor: MessageDescriptor) throws(EncodeError) {
    guard !message.arena.isOverLimit else { throw .arenaLimit(bytes: message.arena.limit) }
    let before = count
    var encoder = Encoder(cursor: start, floor: base, end: base + capacity)
    encoder.message(message.pointer, descriptor.layout, depth: 1)
    base = encoder.floor
    capacity = encoder.end - encoder.floor
    start = encoder.cursor
    guard !encoder.isTooDeep else {
      start = base + capacity - before
      throw .tooDeep(limit: Encoder.depthMax)
    }
    guard count - before <= Int(Int32.max) else {
      start = base + capacity - before
      throw .tooLong(limit: Int(Int32.max))
    }
  }
}

/// Why a message cannot be encoded.
public enum EncodeError: Error, Hashable {
  /// Messages are nested deeper than the limit, or one contains itself.
  case tooDeep(limit: Int)
  /// The encoding would be longer than protobuf allows, in bytes.
  case tooLong(limit: Int)
  /// The program filled the message's arena beyond its limit, in bytes.
  case arenaLimit(bytes: Int)
}
