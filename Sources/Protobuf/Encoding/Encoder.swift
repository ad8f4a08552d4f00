import CProtobufC
import Glibc

/// Writes a message backwards, from the end of its encoding to the beginning: the length of a nested message is
/// known when its prefix is written, so nothing is measured twice and each string is counted once.
struct Encoder {
  /// The maximum nesting of messages; the outermost is at depth 1.
  static let depthMax = 100
  /// Bytes kept free below the cursor before each value: the longest tag, length and number there are.
  static let headroom = 32

  /// The first byte written so far.
  var cursor: UnsafeMutableRawPointer
  /// The lowest byte there is room for.
  var floor: UnsafeMutableRawPointer
  /// One past the last byte; changes when the memory grows, and the others with it.
  var end: UnsafeMutableRawPointer
  /// Set when `depthMax` is passed; what was written is then of no use.
  var isTooDeep = false

  init(cursor: UnsafeMutableRawPointer, floor: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
    self.cursor = cursor
    self.floor = floor
    self.end = end
  }

  mutating func message(_ message: UnsafeMutableRawPointer, _ layout: UnsafePointer<MessageLayout>, depth: Int) {
    guard depth <= Encoder.depthMax else {
      isTooDeep = true
      return
    }
    let header = message.assumingMemoryBound(to: ProtobufCMessage.self)
    if header.pointee.n_unknown_fields > 0 { unknownFields(header) }
    guard let first = layout.pointee.fields.baseAddress else { return }
    var field = UnsafePointer(first) + layout.pointee.fields.count
    while field > first {
      field -= 1
      let value = message + field.pointee.offset
      switch field.pointee.encoding {
      case .text:
        if let start = value.load(as: UnsafeMutableRawPointer?.self) { text(field, start) }
      case .message:
        if let pointer = value.load(as: UnsafeMutableRawPointer?.self) { nested(field, pointer, depth: depth) }
      case .repeatedText: repeatedText(field, message + field.pointee.quantifierOffset)
      case .repeatedMessage: repeatedMessage(field, message + field.pointee.quantifierOffset, depth: depth)
      case .int32:
        let number = value.load(as: Int32.self)
        if number != 0 { taggedVarint(field, UInt64(bitPattern: Int64(number))) }
      case .int64:
        let number = value.load(as: UInt64.self)
        if number != 0 { taggedVarint(field, number) }
      case .double:
        if value.load(as: UInt64.self) != 0 { number(field, value) }
      case .other: other(field, of: message, depth: depth)
      }
    }
  }

  private mutating func repeatedText(_ field: UnsafePointer<FieldLayout>, _ slot: UnsafeMutableRawPointer) {
    let count = slot.load(as: Int.self)
    guard count > 0 else { return }
    let first = slot.load(fromByteOffset: 8, as: UnsafeMutablePointer<UnsafeMutableRawPointer?>.self)
    for index in stride(from: count &- 1, through: 0, by: -1) {
      if let start = first[index], start.load(as: UInt8.self) != 0 {
        text(field, start)
      } else {
        bytes(field, slot, 0)
      }
    }
  }

  private mutating func repeatedMessage(
    _ field: UnsafePointer<FieldLayout>, _ slot: UnsafeMutableRawPointer, depth: Int
  ) {
    let count = slot.load(as: Int.self)
    guard count > 0 else { return }
    let first = slot.load(fromByteOffset: 8, as: UnsafeMutablePointer<UnsafeMutableRawPointer?>.self)
    for index in stride(from: count &- 1, through: 0, by: -1) {
      if let pointer = first[index] { nested(field, pointer, depth: depth) } else { bytes(field, slot, 0) }
    }
  }

  @inline(__always)
  private mutating func taggedVarint(_ field: UnsafePointer<FieldLayout>, _ value: UInt64) {
    reserve(0)
    varint(value)
    tag(field)
  }

  private mutating func other(_ field: UnsafePointer<FieldLayout>, of message: UnsafeMutableRawPointer, depth: Int) {
    let value = message + field.pointee.offset
    switch field.pointee.presence {
    case .implicit:
      implicit(field, value)
    case .pointer:
      guard let pointer = value.load(as: UnsafeMutableRawPointer?.self) else { return }
      if field.pointee.type == .message {
        nested(field, pointer, depth: depth)
      } else if UnsafeRawPointer(pointer) != field.pointee.defaultValue {
        single(field, value, depth: depth)
      }
    case .repeated:
      repeated(field, message + field.pointee.quantifierOffset, value, depth: depth)
    case .oneof:
      guard (message + field.pointee.quantifierOffset).load(as: UInt32.self) == field.pointee.number else { return }
      single(field, value, depth: depth)
    case .flag:
      guard (message + field.pointee.quantifierOffset).load(as: Int32.self) != 0 else { return }
      single(field, value, depth: depth)
    case .required:
      single(field, value, depth: depth)
    }
  }

  /// A proto3 field: not written when it has the default.
  private mutating func implicit(_ field: UnsafePointer<FieldLayout>, _ value: UnsafeMutableRawPointer) {
    switch field.pointee.type {
    case .string:
      if let start = value.load(as: UnsafeMutableRawPointer?.self) { text(field, start) }
    case .bytes:
      let count = value.load(as: Int.self)
      guard count > 0, let start = (value + 8).load(as: UnsafeRawPointer?.self) else { return }
      bytes(field, start, count)
    case .int64, .sint64, .sfixed64, .uint64, .fixed64, .double:
      if value.load(as: UInt64.self) != 0 { number(field, value) }
    default:
      if value.load(as: UInt32.self) != 0 { number(field, value) }
    }
  }

  /// Writes a field that is set, even if it has the default value.
  private mutating func single(_ field: UnsafePointer<FieldLayout>, _ value: UnsafeMutableRawPointer, depth: Int) {
    switch field.pointee.type {
    case .string:
      let start = value.load(as: UnsafeMutableRawPointer?.self)
      if let start, start.load(as: UInt8.self) != 0 { text(field, start) } else { bytes(field, value, 0) }
    case .bytes:
      bytes(field, (value + 8).load(as: UnsafeRawPointer?.self) ?? UnsafeRawPointer(value), value.load(as: Int.self))
    case .message:
      guard let pointer = value.load(as: UnsafeMutableRawPointer?.self) else { return bytes(field, value, 0) }
      nested(field, pointer, depth: depth)
    default:
      number(field, value)
    }
  }

  private mutating func repeated(
    _ field: UnsafePointer<FieldLayout>, _ count: UnsafeMutableRawPointer, _ array: UnsafeMutableRawPointer,
    depth: Int
  ) {
    let count = count.load(as: Int.self)
    guard count > 0, let first = array.load(as: UnsafeMutableRawPointer?.self) else { return }
    let stride = field.pointee.type.stride
    var element = first + count * stride
    if field.pointee.isPacked {
      let before = end - cursor
      while element > first {
        element -= stride
        reserve(0)
        bareNumber(field.pointee.type, element)
      }
      reserve(0)
      varint(UInt64(truncatingIfNeeded: (end - cursor) &- before))
      tag(field)
    } else {
      while element > first {
        element -= stride
        single(field, element, depth: depth)
      }
    }
  }

  private mutating func nested(
    _ field: UnsafePointer<FieldLayout>, _ pointer: UnsafeMutableRawPointer, depth: Int
  ) {
    guard let layout = field.pointee.message else { return }
    let before = end - cursor
    message(pointer, layout, depth: depth + 1)
    reserve(0)
    varint(UInt64(truncatingIfNeeded: (end - cursor) &- before))
    tag(field)
  }

  /// A string that is not empty.
  private mutating func text(_ field: UnsafePointer<FieldLayout>, _ start: UnsafeRawPointer) {
    guard start.load(as: UInt8.self) != 0 else { return }
    bytes(field, start, Int(protobuf_c_text_length(start.assumingMemoryBound(to: CChar.self))))
  }

  private mutating func bytes(_ field: UnsafePointer<FieldLayout>, _ start: UnsafeRawPointer, _ count: Int) {
    reserve(count)
    cursor -= count
    memcpy(cursor, start, count)
    varint(UInt64(truncatingIfNeeded: count))
    tag(field)
  }

  private mutating func number(_ field: UnsafePointer<FieldLayout>, _ value: UnsafeMutableRawPointer) {
    reserve(0)
    bareNumber(field.pointee.type, value)
    tag(field)
  }

  private mutating func bareNumber(_ type: FieldType, _ value: UnsafeMutableRawPointer) {
    switch type {
    case .int32, .enumeration: varint(UInt64(bitPattern: Int64(value.load(as: Int32.self))))
    case .uint32: varint(UInt64(value.load(as: UInt32.self)))
    case .int64, .uint64: varint(value.load(as: UInt64.self))
    case .bool: varint(value.load(as: Int32.self) != 0 ? 1 : 0)
    case .sint32:
      let number = value.load(as: Int32.self)
      varint(UInt64(UInt32(bitPattern: number << 1 ^ number >> 31)))
    case .sint64:
      let number = value.load(as: Int64.self)
      varint(UInt64(bitPattern: number << 1 ^ number >> 63))
    case .sfixed32, .fixed32, .float:
      cursor -= 4
      cursor.storeBytes(of: value.load(as: UInt32.self), as: UInt32.self)
    case .sfixed64, .fixed64, .double:
      cursor -= 8
      cursor.storeBytes(of: value.load(as: UInt64.self), as: UInt64.self)
    case .string, .bytes, .message: break
    }
  }

  /// Fields that the decoder did not know, as they came.
  private mutating func unknownFields(_ header: UnsafeMutablePointer<ProtobufCMessage>) {
    guard let unknown = header.pointee.unknown_fields else { return }
    for index in stride(from: Int(header.pointee.n_unknown_fields) - 1, through: 0, by: -1) {
      let field = unknown[index]
      reserve(field.len)
      cursor -= field.len
      if field.len > 0 { memcpy(cursor, field.data, field.len) }
      varint(UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue))
    }
  }

  @inline(__always)
  private mutating func tag(_ field: UnsafePointer<FieldLayout>) {
    (cursor - 8).storeBytes(of: field.pointee.tag, as: UInt64.self)
    cursor -= field.pointee.tagBytes
  }

  @inline(__always)
  private mutating func varint(_ value: UInt64) {
    if value < 0x80 {
      cursor -= 1
      cursor.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    } else if value < 0x4000 {
      cursor -= 2
      cursor.storeBytes(
        of: UInt16(truncatingIfNeeded: value & 0x7f | value << 1 & 0x7f00 | 0x80).littleEndian, as: UInt16.self)
    } else {
      longVarint(value)
    }
  }

  private mutating func longVarint(_ value: UInt64) {
    var shift = UInt64((63 - value.leadingZeroBitCount) / 7 * 7)
    var byte = UInt8(truncatingIfNeeded: value >> shift)
    while true {
      cursor -= 1
      cursor.storeBytes(of: byte, as: UInt8.self)
      guard shift > 0 else { return }
      shift -= 7
      byte = UInt8(truncatingIfNeeded: value >> shift) | 0x80
    }
  }

  /// Makes sure of `bytes` and the headroom below the cursor.
  @inline(__always)
  private mutating func reserve(_ bytes: Int) {
    if cursor - floor < bytes &+ Encoder.headroom { grow(bytes) }
  }

  @inline(never)
  private mutating func grow(_ bytes: Int) {
    let used = end - cursor
    let capacity = max((end - floor) * 2, used + bytes + Encoder.headroom)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    end = fresh + capacity
    memcpy(end - used, cursor, used)
    cursor = end - used
    floor.deallocate()
    floor = fresh
  }
}
