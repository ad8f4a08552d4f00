internal import Glibc
internal import Synchronization

/// A slot: a key's fingerprint and its theoretical arrival time.
struct Slot: Equatable {
  /// 0 for a slot that was never used.
  var fingerprint: UInt64
  var arrival: Int64
}

/// The table's memory: slots of sixteen bytes, four to a cache line, read word by word and exchanged whole.
///
/// The two words of a slot may be read at different times. That does no harm: what is decided upon them takes effect by
/// exchanging both at once, which fails when either has changed. Pages are taken from the system when first written.
struct SlotMemory: ~Copyable, @unchecked Sendable {
  static let bytesPerSlot = 16

  let count: Int
  private let base: UnsafeMutableRawPointer

  /// Ends the process when the system has no such memory.
  init(count: Int) {
    self.count = count
    let bytes = count * Self.bytesPerSlot
    let pages = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let pages, pages != MAP_FAILED else { fatalError("no memory for a limiter of \(bytes) bytes") }
    // Keys are spread over the whole table: with pages of 4 KiB, each access would also miss the TLB.
    madvise(pages, bytes, MADV_HUGEPAGE)
    base = pages
  }

  deinit { munmap(base, count * Self.bytesPerSlot) }

  /// The slot at `index`, word by word.
  @inline(__always)
  func slot(_ index: Int) -> Slot { Slot(fingerprint: fingerprint(index), arrival: Int64(bitPattern: word(index, 8))) }

  /// The fingerprint at `index` alone.
  @inline(__always)
  func fingerprint(_ index: Int) -> UInt64 { word(index, 0) }

  /// Puts `new` in the place of `old`, whole.
  /// - Returns: false when something else was there.
  @inline(__always)
  func exchange(_ index: Int, _ old: Slot, for new: Slot) -> Bool {
    let pair = (base + index &* Self.bytesPerSlot).assumingMemoryBound(to: Atomic<WordPair>.self)
    return pair.pointee.compareExchange(
      expected: WordPair(old), desired: WordPair(new), ordering: .acquiringAndReleasing
    ).exchanged
  }

  @inline(__always)
  private func word(_ index: Int, _ offset: Int) -> UInt64 {
    (base + (index &* Self.bytesPerSlot &+ offset)).assumingMemoryBound(to: Atomic<UInt64>.self).pointee
      .load(ordering: .acquiring)
  }
}

extension WordPair {
  @inline(__always)
  init(_ slot: Slot) {
    self.init(first: UInt(slot.fingerprint), second: UInt(bitPattern: Int(slot.arrival)))
  }
}
