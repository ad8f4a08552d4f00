internal import Glibc

/// A buffer of bytes: appended at the end, consumed from the front.
struct ByteBuffer: ~Copyable {
  private var storage: UnsafeMutablePointer<UInt8>?
  /// Bytes of memory that it has.
  private(set) var capacity = 0
  private var head = 0
  private var tail = 0

  init() {}

  deinit { free(storage) }

  /// Bytes that wait to be taken.
  @inline(__always) var count: Int { tail &- head }
  @inline(__always) var isEmpty: Bool { tail == head }

  /// The first waiting byte; valid until the buffer is next changed. Only when not empty.
  @inline(__always) var start: UnsafeMutablePointer<UInt8> { storage.unsafelyUnwrapped + head }
  @inline(__always) var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: storage.map { $0 + head }, count: count)
  }

  /// Room for `count` more bytes, whose start is returned; they count once they are claimed.
  @inline(__always)
  mutating func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity &- tail < count { makeRoom(count) }
    return storage.unsafelyUnwrapped + tail
  }

  @inline(__always) mutating func claim(_ count: Int) { tail &+= count }

  @inline(__always)
  mutating func append(_ source: UnsafeRawPointer, _ count: Int) {
    if count == 0 { return }
    memcpy(reserve(count), source, count)
    tail &+= count
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { append(start, bytes.count) }
    }
  }

  /// Drops `count` bytes from the front.
  @inline(__always)
  mutating func consume(_ count: Int) {
    head &+= count
    if head == tail {
      head = 0
      tail = 0
    }
  }

  /// Drops `count` bytes from the end.
  mutating func removeLast(_ count: Int) {
    tail &-= count
    if head == tail { removeAll() }
  }

  mutating func removeAll() {
    head = 0
    tail = 0
  }

  /// Empties it, and gives memory back beyond `keepBytes`.
  mutating func reset(keepBytes: Int) {
    removeAll()
    if capacity > keepBytes {
      free(storage)
      storage = nil
      capacity = 0
    }
  }

  @inline(never)
  private mutating func makeRoom(_ count: Int) {
    let used = self.count
    if head > 0 && capacity - used >= count && head >= used {
      memcpy(storage.unsafelyUnwrapped, storage.unsafelyUnwrapped + head, used)
    } else {
      var larger = max(capacity * 2, 512)
      while larger - used < count { larger *= 2 }
      // Out of memory cannot be mended here; every buffer's size is bounded by the limits of the calls.
      let fresh = malloc(larger)!.assumingMemoryBound(to: UInt8.self)
      if used > 0 { memcpy(fresh, storage.unsafelyUnwrapped + head, used) }
      free(storage)
      storage = fresh
      capacity = larger
    }
    head = 0
    tail = used
  }
}
