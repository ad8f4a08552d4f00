internal import CNGHTTP2
internal import Glibc

/// nghttp2's allocator for the sessions of one loop: free lists by size, without locks.
///
/// nghttp2 allocates several small objects for each stream. A free list of the loop costs a few nanoseconds where
/// malloc costs tens. Blocks up to ``classSizeMax`` bytes are kept for reuse, at most ``keptBytesMax`` in total.
final class SessionMemory {
  private static let granule = 64
  private static let classSizeMax = 4096
  /// Enough for thousands of streams; memory beyond it is freed after a flood.
  private static let keptBytesMax = 8 * 1024 * 1024

  /// The header of each block.
  private struct Header {
    var next: UnsafeMutablePointer<Header>?
    var sizeClass: Int
  }

  private let classes: UnsafeMutablePointer<UnsafeMutablePointer<Header>?>
  private var keptBytes = 0
  private static let classCount = classSizeMax / granule + 1

  /// To be handed to `nghttp2_session_*_new3`. Lives as long as this object.
  let allocator: UnsafeMutablePointer<nghttp2_mem>

  init() {
    classes = .allocate(capacity: Self.classCount)
    classes.initialize(repeating: nil, count: Self.classCount)
    allocator = .allocate(capacity: 1)
    allocator.initialize(
      to: nghttp2_mem(
        mem_user_data: nil,
        malloc: { size, memory in SessionMemory.with(memory) { $0.take(size) } },
        free: { block, memory in SessionMemory.with(memory) { $0.give(block) } },
        calloc: { count, size, memory in SessionMemory.with(memory) { $0.takeZeroed(count, size) } },
        realloc: { block, size, memory in SessionMemory.with(memory) { $0.resize(block, size) } }))
    allocator.pointee.mem_user_data = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    for index in 0..<Self.classCount {
      while let block = classes[index] {
        classes[index] = block.pointee.next
        Glibc.free(block)
      }
    }
    classes.deallocate()
    allocator.deallocate()
  }

  @inline(__always)
  private static func with<R>(_ pointer: UnsafeMutableRawPointer?, _ body: (SessionMemory) -> R) -> R {
    Unmanaged<SessionMemory>.fromOpaque(pointer.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
  }

  private func take(_ size: Int) -> UnsafeMutableRawPointer? {
    let sizeClass = (size &+ Self.granule &- 1) / Self.granule
    if sizeClass < Self.classCount, let block = classes[sizeClass] {
      classes[sizeClass] = block.pointee.next
      keptBytes &-= sizeClass &* Self.granule
      return UnsafeMutableRawPointer(block + 1)
    }
    guard let fresh = malloc(MemoryLayout<Header>.stride + sizeClass * Self.granule) else { return nil }
    let block = fresh.assumingMemoryBound(to: Header.self)
    block.initialize(to: Header(next: nil, sizeClass: sizeClass))
    return UnsafeMutableRawPointer(block + 1)
  }

  private func give(_ pointer: UnsafeMutableRawPointer?) {
    guard let pointer else { return }
    let block = pointer.assumingMemoryBound(to: Header.self) - 1
    let sizeClass = block.pointee.sizeClass
    let bytes = sizeClass &* Self.granule
    if sizeClass < Self.classCount && keptBytes &+ bytes <= Self.keptBytesMax {
      block.pointee.next = classes[sizeClass]
      classes[sizeClass] = block
      keptBytes &+= bytes
    } else {
      Glibc.free(block)
    }
  }

  private func takeZeroed(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, let pointer = take(bytes) else { return nil }
    memset(pointer, 0, bytes)
    return pointer
  }

  private func resize(_ pointer: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    guard let pointer else { return take(size) }
    let held = (pointer.assumingMemoryBound(to: Header.self) - 1).pointee.sizeClass * Self.granule
    if size <= held { return pointer }
    guard let larger = take(size) else { return nil }
    memcpy(larger, pointer, held)
    give(pointer)
    return larger
  }
}
