/// The types of a map field's keys.
public protocol MapKey: FieldValue, Hashable {}

extension Int32: MapKey {}
extension Int64: MapKey {}
extension UInt32: MapKey {}
extension UInt64: MapKey {}
extension Bool: MapKey {}
extension Text: MapKey {}

/// A map field of a message. A copy of it is the same map.
///
/// Kept as protobuf-c keeps it: a list of entries. Looking up is O(count), fit for the small maps that messages
/// carry; where bytes from outside have a key twice the last one counts.
@safe
public struct MapField<Key: MapKey, Value: FieldValue> {
  @usableFromInline package let arena: Arena
  let slot: UnsafeMutableRawPointer
  let entry: MessageDescriptor

  @usableFromInline
  package init(arena: Arena, slot: UnsafeMutableRawPointer, entry: MessageDescriptor) {
    self.arena = arena
    self.slot = slot
    self.entry = entry
  }

  /// Number of entries; keys that bytes from outside repeat count each time.
  public var count: Int {
    defer { extendLifetime(arena) }
    return slot.load(as: Int.self)
  }

  /// Whether there are none.
  public var isEmpty: Bool { count == 0 }

  /// The value for `key`; setting nil removes it.
  public subscript(key: Key) -> Value? {
    get {
      for index in stride(from: count - 1, through: 0, by: -1) where self.key(index) == key { return value(index) }
      return nil
    }
    nonmutating set {
      if let newValue { set(key, newValue) } else { remove(key) }
    }
  }

  /// The entries in their order.
  public var entries: [(key: Key, value: Value)] {
    (0..<count).map { (key($0), value($0)) }
  }

  /// Leaves no entry.
  public func removeAll() {
    slot.storeBytes(of: 0, as: Int.self)
  }

  /// Takes over the entries of another map, which stays as it is.
  public func replace(with other: MapField<Key, Value>) {
    guard other.slot != slot else { return }
    let entries = other.entries
    removeAll()
    for (key, value) in entries { set(key, value) }
  }

  private func entryPointer(_ index: Int) -> UnsafeMutableRawPointer {
    let elements = slot.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self)
    return elements.load(fromByteOffset: index * 8, as: UnsafeMutableRawPointer.self)
  }

  private func key(_ index: Int) -> Key {
    defer { extendLifetime(arena) }
    return Key.load(from: entryPointer(index) + entry.layout.pointee.fields[0].offset, in: arena)
  }

  private func value(_ index: Int) -> Value {
    defer { extendLifetime(arena) }
    return Value.load(from: entryPointer(index) + entry.layout.pointee.fields[1].offset, in: arena)
  }

  private func set(_ key: Key, _ value: Value) {
    let pointer: UnsafeMutableRawPointer
    if let index = (0..<count).last(where: { self.key($0) == key }) {
      pointer = entryPointer(index)
    } else {
      pointer = entry.make(in: arena).pointer
      key.store(to: pointer + entry.layout.pointee.fields[0].offset, in: arena)
      PointerList(arena: arena, slot: slot).append(pointer)
    }
    value.store(to: pointer + entry.layout.pointee.fields[1].offset, in: arena)
  }

  private func remove(_ key: Key) {
    let list = PointerList(arena: arena, slot: slot)
    let kept = (0..<count).filter { self.key($0) != key }.map(entryPointer)
    removeAll()
    for pointer in kept { list.append(pointer) }
  }
}

extension MapField: CustomStringConvertible {
  /// The entries' descriptions.
  public var description: String {
    "[" + entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]"
  }
}
