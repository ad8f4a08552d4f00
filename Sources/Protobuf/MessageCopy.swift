import CProtobufC
import Glibc

extension MessageStorage {
  /// Nested deeper than this a message is taken to contain itself, and copied no further.
  private static let copyDepthMax = 1000

  /// A deep copy in `arena`.
  package func copy(
    of descriptor: MessageDescriptor, in arena: Arena, depth: Int, keepsUnknownFields: Bool = true
  ) -> MessageStorage {
    precondition(depth < MessageStorage.copyDepthMax, "a message that contains itself")
    let layout = descriptor.layout
    let copy = arena.allocateForProgram(layout.pointee.size)
    memcpy(copy, pointer, layout.pointee.size)
    for field in descriptor.fields {
      let offset = field.layout.pointee.offset
      let source = pointer + offset
      switch field.presence {
      case .repeated:
        let count = (pointer + field.layout.pointee.quantifierOffset).load(as: Int.self)
        copyElements(
          of: field, count: count, from: source, to: copy + offset, in: arena, depth: depth, keepsUnknownFields)
      case .oneof where (pointer + field.layout.pointee.quantifierOffset).load(as: UInt32.self) != field.number:
        break
      default:
        copyValue(of: field, from: source, to: copy + offset, in: arena, depth: depth, keepsUnknownFields)
      }
    }
    if keepsUnknownFields { copyUnknownFields(to: copy, in: arena) } else { forgetUnknownFields(of: copy) }
    return MessageStorage(arena: arena, pointer: copy)
  }

  private func copyElements(
    of field: FieldDescriptor, count: Int, from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer,
    in arena: Arena, depth: Int, _ keepsUnknownFields: Bool
  ) {
    guard count > 0 else { return }
    let stride = field.type.stride
    let from = source.load(as: UnsafeMutableRawPointer.self)
    let to = arena.allocateForProgram(Arena.powerOfTwo(atLeast: count * stride))
    memcpy(to, from, count * stride)
    for index in 0..<count {
      copyValue(
        of: field, from: from + index * stride, to: to + index * stride, in: arena, depth: depth, keepsUnknownFields)
    }
    target.storeBytes(of: to, as: UnsafeMutableRawPointer.self)
  }

  private func copyValue(
    of field: FieldDescriptor, from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer,
    in arena: Arena, depth: Int, _ keepsUnknownFields: Bool
  ) {
    switch field.type {
    case .string:
      guard source.load(as: UnsafeRawPointer?.self) != field.layout.pointee.defaultValue else { return }
      Text.load(from: source, in: self.arena).store(to: target, in: arena)
    case .bytes:
      Bytes.load(from: source, in: self.arena).store(to: target, in: arena)
    case .message:
      guard let child = source.load(as: UnsafeMutableRawPointer?.self), let descriptor = field.message else { return }
      let copy = MessageStorage(arena: self.arena, pointer: child).copy(
        of: descriptor, in: arena, depth: depth + 1, keepsUnknownFields: keepsUnknownFields)
      target.storeBytes(of: copy.pointer, as: UnsafeMutableRawPointer.self)
    default: break
    }
  }

  private func forgetUnknownFields(of copy: UnsafeMutableRawPointer) {
    let header = copy.assumingMemoryBound(to: ProtobufCMessage.self)
    header.pointee.n_unknown_fields = 0
    header.pointee.unknown_fields = nil
  }

  private func copyUnknownFields(to copy: UnsafeMutableRawPointer, in arena: Arena) {
    let header = copy.assumingMemoryBound(to: ProtobufCMessage.self)
    let count = Int(header.pointee.n_unknown_fields)
    guard count > 0, let unknown = header.pointee.unknown_fields else { return }
    let copies = arena.allocateForProgram(count * MemoryLayout<ProtobufCMessageUnknownField>.stride)
      .bindMemory(to: ProtobufCMessageUnknownField.self, capacity: count)
    for index in 0..<count {
      var field = unknown[index]
      let data = arena.allocateForProgram(field.len)
      if field.len > 0 { memcpy(data, field.data, field.len) }
      field.data = data.assumingMemoryBound(to: UInt8.self)
      (copies + index).initialize(to: field)
    }
    header.pointee.unknown_fields = copies
  }
}
