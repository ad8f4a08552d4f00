/// A message's struct and the arena it lives in. What a generated view is made of; the functions here are what
/// generated code is written in. Offsets are those of the C struct, which the C compiler checks when it builds.
@safe
public struct MessageStorage {
  @usableFromInline package let arena: Arena
  @usableFromInline package let pointer: UnsafeMutableRawPointer

  @inlinable
  package init(arena: Arena, pointer: UnsafeMutableRawPointer) {
    self.arena = arena
    self.pointer = pointer
  }

  /// The scalar, text, bytes or enum at `offset`.
  @inlinable
  public func get<Value: FieldValue>(_ offset: Int, as type: Value.Type = Value.self) -> Value {
    defer { extendLifetime(arena) }
    return Value.load(from: pointer + offset, in: arena)
  }

  /// Stores a value at `offset`; texts and bytes of another arena are copied into this one.
  @inlinable
  public func set<Value: FieldValue>(_ offset: Int, _ value: Value) {
    defer { extendLifetime(arena) }
    value.store(to: pointer + offset, in: arena)
  }

  /// The message at `offset`, if set.
  @inlinable
  public func getMessage<M: Message>(_ offset: Int, as type: M.Type = M.self) -> M? {
    defer { extendLifetime(arena) }
    guard let child = (pointer + offset).load(as: UnsafeMutableRawPointer?.self) else { return nil }
    return M(storage: MessageStorage(arena: arena, pointer: child))
  }

  /// Points the field at `offset` at `message`, which is shared with the caller when it lives in the same arena or a
  /// kept one, and copied otherwise. Nil clears the field.
  @inlinable
  public func setMessage<M: Message>(_ offset: Int, _ message: M?) {
    defer { extendLifetime(arena) }
    if let message {
      message.store(to: pointer + offset, in: arena)
    } else {
      (pointer + offset).storeBytes(of: nil, as: UnsafeMutableRawPointer?.self)
    }
  }

  /// The number of the member of a oneof that is set, 0 if none. `offset` is that of the case.
  @inlinable
  public func oneofCase(_ offset: Int) -> Int32 {
    defer { extendLifetime(arena) }
    return (pointer + offset).load(as: Int32.self)
  }

  /// The member of a oneof that is set; 0 for none.
  @inlinable
  public func setOneofCase(_ offset: Int, _ number: Int32) {
    defer { extendLifetime(arena) }
    (pointer + offset).storeBytes(of: number, as: Int32.self)
  }

  /// A proto3 `optional` field: the value if its oneof's case at `caseOffset` is `number`.
  @inlinable
  public func getOptional<Value: FieldValue>(
    _ offset: Int, case caseOffset: Int, number: Int32, as type: Value.Type = Value.self
  ) -> Value? {
    oneofCase(caseOffset) == number ? get(offset) : nil
  }

  /// Sets a proto3 `optional` field, or clears it.
  @inlinable
  public func setOptional<Value: FieldValue>(_ offset: Int, case caseOffset: Int, number: Int32, _ value: Value?) {
    if let value {
      set(offset, value)
      setOneofCase(caseOffset, number)
    } else {
      setOneofCase(caseOffset, 0)
    }
  }

  /// The repeated field whose count is at `offset`.
  @inlinable
  public func repeated<Element: FieldValue>(_ offset: Int, as type: Element.Type = Element.self) -> RepeatedField<
    Element
  > {
    RepeatedField(arena: arena, slot: pointer + offset)
  }

  /// The map field whose count is at `offset` and whose entries are messages of type `entry`.
  @inlinable
  public func map<Key, Value>(
    _ offset: Int, entry: MessageDescriptor, as type: MapField<Key, Value>.Type = MapField<Key, Value>.self
  ) -> MapField<Key, Value> {
    MapField(arena: arena, slot: pointer + offset, entry: entry)
  }

  /// The message's type.
  package var descriptor: MessageDescriptor {
    MessageDescriptor(pointer.load(as: UnsafeRawPointer.self))
  }
}
