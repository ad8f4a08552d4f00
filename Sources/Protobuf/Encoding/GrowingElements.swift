import Glibc

/// The elements of a repeated field while they come: an array in the arena whose capacity is a power of two.
struct GrowingElements {
  private let stride: Int
  private var room: UnsafeMutableRawPointer?
  private var capacity = 0
  private(set) var count = 0

  init(stride: Int) {
    self.stride = stride
  }

  /// A zeroed element at the end; nil when the arena's limit is reached.
  mutating func append(in arena: Arena) -> UnsafeMutableRawPointer? {
    if count == capacity {
      let larger = max(capacity * 2, 4)
      guard let fresh = arena.allocate(larger * stride) else { return nil }
      if let room { memcpy(fresh, room, count * stride) }
      room = fresh
      capacity = larger
    }
    let element = room.unsafelyUnwrapped + count * stride
    memset(element, 0, stride)
    count += 1
    return element
  }

  mutating func removeLast() { count -= 1 }

  func store(in target: UnsafeMutableRawPointer, count countTarget: UnsafeMutableRawPointer) {
    target.storeBytes(of: room, as: UnsafeMutableRawPointer?.self)
    countTarget.storeBytes(of: count, as: Int.self)
  }
}
