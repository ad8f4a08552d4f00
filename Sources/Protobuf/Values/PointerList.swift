/// A repeated field of which only the size of an element matters: grows by the rule of `RepeatedField`.
struct PointerList {
  let arena: Arena
  /// The address of the count and, 8 bytes later, of the pointer to the elements.
  let slot: UnsafeMutableRawPointer

  func append(_ pointer: UnsafeMutableRawPointer) {
    RepeatedField<UInt64>(arena: arena, slot: slot).append(UInt64(UInt(bitPattern: pointer)))
  }
}
