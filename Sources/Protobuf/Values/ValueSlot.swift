import CProtobufC
import Glibc

/// The address of one value of a field: in its message's struct, or in a repeated field's array. For code that works
/// with descriptors (JSON, text format, rows of a database) and does not know the generated types.
@safe
package struct ValueSlot {
  package let field: FieldDescriptor
  package let arena: Arena
  package let pointer: UnsafeMutableRawPointer

  package init(field: FieldDescriptor, arena: Arena, pointer: UnsafeMutableRawPointer) {
    self.field = field
    self.arena = arena
    self.pointer = pointer
  }

  /// The value, which must be of the field's type: `Int32` also for sint32, sfixed32 and enums, and so on.
  package func get<Value: FieldValue>(_ type: Value.Type = Value.self) -> Value {
    Value.load(from: pointer, in: arena)
  }

  /// Sets the value, which must be of the field's type.
  package func set<Value: FieldValue>(_ value: Value) {
    value.store(to: pointer, in: arena)
  }

  /// Points a string field at `cString`, UTF-8 that lives as long as the arena (see `Arena.own`).
  package func point(at cString: UnsafePointer<CChar>) {
    pointer.storeBytes(of: cString, as: UnsafePointer<CChar>.self)
  }

  /// Points a bytes field at bytes that live as long as the arena.
  package func point(at bytes: UnsafeRawBufferPointer) {
    pointer.storeBytes(of: bytes.count, as: Int.self)
    (pointer + 8).storeBytes(of: bytes.baseAddress, as: UnsafeRawPointer?.self)
  }

  /// Copies UTF-8 bytes without NUL into a string field; false when the arena's limit is reached.
  package func copyText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let copy = arena.allocate(bytes.count + 1) else { return false }
    if let source = bytes.baseAddress { memcpy(copy, source, bytes.count) }
    copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
    point(at: UnsafePointer(copy.assumingMemoryBound(to: CChar.self)))
    return true
  }

  /// Copies bytes into a bytes field; false when the arena's limit is reached.
  package func copyBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let copy = arena.allocate(bytes.count) else { return false }
    if let source = bytes.baseAddress { memcpy(copy, source, bytes.count) }
    point(at: UnsafeRawBufferPointer(start: copy, count: bytes.count))
    return true
  }

  /// The message that the slot points at, if any.
  package var message: MessageStorage? {
    pointer.load(as: UnsafeMutableRawPointer?.self).map { MessageStorage(arena: arena, pointer: $0) }
  }

  /// The message that the slot points at; a new one when there is none. Nil when the arena's limit is reached.
  package func messageForWriting() -> MessageStorage? {
    if let message { return message }
    guard let made = field.message?.makeWithinLimit(in: arena) else { return nil }
    pointer.storeBytes(of: made.pointer, as: UnsafeMutableRawPointer.self)
    return made
  }
}

extension MessageStorage {
  /// Whether a field is set: by its has-flag, case or pointer; other proto3 fields when they are not the default;
  /// repeated ones when they have elements.
  package func has(_ field: FieldDescriptor) -> Bool {
    let value = pointer + field.layout.pointee.offset
    let quantifier = pointer + field.layout.pointee.quantifierOffset
    switch field.presence {
    case .repeated: return quantifier.load(as: Int.self) > 0
    case .oneof: return quantifier.load(as: UInt32.self) == field.number
    case .flag: return quantifier.load(as: Int32.self) != 0
    case .required: return true
    case .pointer:
      let pointer = value.load(as: UnsafeRawPointer?.self)
      return pointer != nil && pointer != field.layout.pointee.defaultValue
    case .implicit:
      switch field.type {
      case .string: return !Text.load(from: value, in: arena).isEmpty
      case .bytes: return value.load(as: Int.self) > 0
      default: return field.type.stride == 8 ? value.load(as: UInt64.self) != 0 : value.load(as: UInt32.self) != 0
      }
    }
  }

  /// The slot of a field's value for reading. Not for repeated fields; for members of a oneof only when they are set.
  package func slot(_ field: FieldDescriptor) -> ValueSlot {
    ValueSlot(field: field, arena: arena, pointer: pointer + field.layout.pointee.offset)
  }

  /// The slot of a field's value for writing: the field counts as set from now on. Another member of its oneof is
  /// unset.
  package func slotForWriting(_ field: FieldDescriptor) -> ValueSlot {
    let value = pointer + field.layout.pointee.offset
    let quantifier = pointer + field.layout.pointee.quantifierOffset
    switch field.presence {
    case .oneof where quantifier.load(as: UInt32.self) != field.number:
      quantifier.storeBytes(of: field.number, as: UInt32.self)
      memset(value, 0, field.type.stride)
    case .flag: quantifier.storeBytes(of: 1, as: Int32.self)
    default: break
    }
    return slot(field)
  }

  /// Number of elements of a repeated field.
  package func count(_ field: FieldDescriptor) -> Int {
    (pointer + field.layout.pointee.quantifierOffset).load(as: Int.self)
  }

  /// The slot of an element of a repeated field; `index` must be below the count.
  package func element(_ field: FieldDescriptor, _ index: Int) -> ValueSlot {
    precondition(index >= 0 && index < count(field), "index out of range")
    let first = (pointer + field.layout.pointee.offset).load(as: UnsafeMutableRawPointer.self)
    return ValueSlot(field: field, arena: arena, pointer: first + index * field.type.stride)
  }

  /// Appends a zeroed element to a repeated field. Strings and messages must be set at once: what is left nil reads
  /// as empty. Nil when the arena's limit is reached.
  package func append(_ field: FieldDescriptor) -> ValueSlot? {
    let count = self.count(field)
    let stride = field.type.stride
    let bytes = count * stride
    let array = pointer + field.layout.pointee.offset
    if bytes & (bytes - 1) == 0, bytes == 0 || bytes >= 16 {
      guard let room = arena.allocate(max(16, bytes * 2)) else { return nil }
      if bytes > 0 { memcpy(room, array.load(as: UnsafeRawPointer.self), bytes) }
      array.storeBytes(of: room, as: UnsafeMutableRawPointer.self)
    }
    (pointer + field.layout.pointee.quantifierOffset).storeBytes(of: count + 1, as: Int.self)
    let element = array.load(as: UnsafeMutableRawPointer.self) + bytes
    memset(element, 0, stride)
    return ValueSlot(field: field, arena: arena, pointer: element)
  }

  /// Makes a field not set.
  package func clear(_ field: FieldDescriptor) {
    let value = pointer + field.layout.pointee.offset
    let quantifier = pointer + field.layout.pointee.quantifierOffset
    switch field.presence {
    case .repeated: quantifier.storeBytes(of: 0, as: Int.self)
    case .oneof:
      if quantifier.load(as: UInt32.self) == field.number { quantifier.storeBytes(of: 0, as: UInt32.self) }
    case .flag: quantifier.storeBytes(of: 0, as: Int32.self)
    case .pointer, .required, .implicit:
      memset(value, 0, field.type.stride)
      if field.type == .string, field.presence != .pointer { Text().store(to: value, in: arena) }
    }
  }
}
