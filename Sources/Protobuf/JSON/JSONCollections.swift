import Glibc

/// Which fields of a message have come.
struct JSONSeenFields {
  private var first: UInt64 = 0
  /// For messages of more than 64 fields.
  private var others: [UInt64] = []

  init(_ count: Int) {
    if count > 64 { others = Array(repeating: 0, count: (count - 1) / 64) }
  }

  /// False when the field has come before.
  @inline(__always)
  mutating func insert(_ index: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(index & 63)
    if index < 64 {
      defer { first |= bit }
      return first & bit == 0
    }
    defer { others[index / 64 - 1] |= bit }
    return others[index / 64 - 1] & bit == 0
  }
}

/// The elements of a repeated field while they come: an array in the arena whose capacity is a power of two.
struct JSONElements {
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

/// The keys of a map while they come. Nobody can slow it down by chosen keys: Swift's hashing is seeded.
struct JSONMapKeys {
  private enum Key: Hashable {
    case number(UInt64)
    /// Compared byte by byte. Not to be kept longer than its arena.
    case text(Text)
  }

  private let type: FieldType
  private var keys: Set<Key> = []

  init(type: FieldType) {
    self.type = type
  }

  /// False when the key at `place` has come before.
  mutating func insert(_ place: UnsafeRawPointer) -> Bool {
    let key: Key =
      switch type {
      case .string: .text(Text(cString: place.load(as: UnsafePointer<CChar>.self), in: nil))
      default: type.stride == 8 ? .number(place.load(as: UInt64.self)) : .number(UInt64(place.load(as: UInt32.self)))
      }
    return keys.insert(key).inserted
  }
}

extension JSONText {
  func equals(_ other: StaticString) -> Bool {
    count == other.utf8CodeUnitCount && memcmp(start, other.utf8Start, count) == 0
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }
}
