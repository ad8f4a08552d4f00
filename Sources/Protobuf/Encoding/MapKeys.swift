/// The keys of a map while they come. Nobody can slow it down by chosen keys: Swift's hashing is seeded.
struct MapKeys {
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
