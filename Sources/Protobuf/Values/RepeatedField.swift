import Glibc

/// A repeated field of a message, or a list of its own in an arena. A copy of it is the same list.
///
/// Capacity is not stored: it is always the power of two that holds the elements (at least 16 bytes), which the
/// arena sees to when protobuf-c unpacks. Appending is amortised O(1).
@safe
public struct RepeatedField<Element: FieldValue> {
  @usableFromInline package let arena: Arena
  /// The address of the count and, 8 bytes later, of the pointer to the elements.
  @usableFromInline let slot: UnsafeMutableRawPointer

  @inlinable
  package init(arena: Arena, slot: UnsafeMutableRawPointer) {
    self.arena = arena
    self.slot = slot
  }

  /// An empty list of its own.
  @inlinable
  public init(in arena: Arena) {
    let slot = arena.allocateForProgram(16)
    slot.storeBytes(of: 0, as: Int.self)
    slot.storeBytes(of: nil, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
    self.init(arena: arena, slot: slot)
  }

  /// A list of its own with `elements`.
  public init(_ elements: some Sequence<Element>, in arena: Arena) {
    self.init(in: arena)
    append(contentsOf: elements)
  }

  /// Number of elements.
  @inlinable public var count: Int {
    defer { extendLifetime(arena) }
    return slot.load(as: Int.self)
  }

  @inlinable
  func address(_ index: Int) -> UnsafeMutableRawPointer {
    precondition(index >= 0 && index < count, "index out of range")
    return slot.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self) + index &* Element.fieldStride
  }

  /// Appends one element; one of another arena is copied.
  @inlinable
  public func append(_ element: Element) {
    defer { extendLifetime(arena) }
    element.store(to: appendSlot(), in: arena)
  }

  /// Appends the elements in their order.
  @inlinable
  public func append(contentsOf elements: some Sequence<Element>) {
    for element in elements { append(element) }
  }

  /// Room for one element more, not initialised.
  @inlinable
  func appendSlot() -> UnsafeMutableRawPointer {
    let count = self.count
    let bytes = count &* Element.fieldStride
    if bytes & (bytes &- 1) == 0, bytes == 0 || bytes >= 16 { grow(bytes) }
    slot.storeBytes(of: count &+ 1, as: Int.self)
    return slot.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self) + bytes
  }

  /// Moves the elements, which fill their memory, to memory of twice the size.
  @usableFromInline
  func grow(_ bytes: Int) {
    let room = arena.allocateForProgram(Swift.max(16, bytes * 2))
    if bytes > 0 { memcpy(room, slot.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self), bytes) }
    slot.storeBytes(of: room, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
  }

  /// Leaves no element.
  @inlinable
  public func removeAll() {
    defer { extendLifetime(arena) }
    slot.storeBytes(of: 0, as: Int.self)
  }

  /// Takes over the elements of another list, which stays as it is. Messages of the same arena are shared.
  public func replace(with other: RepeatedField<Element>) {
    guard other.slot != slot else { return }
    slot.storeBytes(of: 0, as: Int.self)
    append(contentsOf: other)
  }
}

extension RepeatedField: RandomAccessCollection {
  /// Always 0.
  @inlinable public var startIndex: Int { 0 }
  /// The count.
  @inlinable public var endIndex: Int { count }

  /// The element at `index`, which must be below `count`.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      defer { extendLifetime(arena) }
      return Element.load(from: address(index), in: arena)
    }
    nonmutating set {
      defer { extendLifetime(arena) }
      newValue.store(to: address(index), in: arena)
    }
  }
}

extension RepeatedField where Element: Message {
  /// Appends a message with all defaults, and returns it to be filled in.
  @inlinable
  @discardableResult
  public func appendNew() -> Element {
    defer { extendLifetime(arena) }
    let element = Element(in: arena)
    appendSlot().storeBytes(of: element.storage.pointer, as: UnsafeMutableRawPointer.self)
    return element
  }
}

extension RepeatedField: CustomStringConvertible {
  /// The elements' descriptions.
  public var description: String { "[" + map { "\($0)" }.joined(separator: ", ") + "]" }
}
