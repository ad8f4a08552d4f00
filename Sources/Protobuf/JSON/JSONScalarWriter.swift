import CProtobufC
import Glibc

extension JSONWriter {
  /// Writes a value that is not a message.
  mutating func scalar(_ slot: ValueSlot) {
    switch slot.field.type {
    case .string: string(slot)
    case .bytes:
      output.append("\"")
      let start = (slot.pointer + 8).load(as: UnsafeRawPointer?.self)
      Base64.encode(
        UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : slot.pointer.load(as: Int.self)), to: &output)
      output.append("\"")
    case .bool: output.append(slot.get(Bool.self) ? "true" : "false")
    case .int32, .sint32, .sfixed32: output.append(Int64(slot.get(Int32.self)))
    case .uint32, .fixed32: output.append(UInt64(slot.get(UInt32.self)))
    case .int64, .sint64, .sfixed64:
      output.append("\"")
      output.append(slot.get(Int64.self))
      output.append("\"")
    case .uint64, .fixed64:
      output.append("\"")
      output.append(slot.get(UInt64.self))
      output.append("\"")
    case .float: float(slot.get(Float.self))
    case .double: float(slot.get(Double.self))
    case .enumeration: enumeration(slot.get(Int32.self), slot.field)
    case .message: break
    }
  }

  /// Writes the shortest digits that read back as the same number.
  private mutating func float<Value: BinaryFloatingPoint & LosslessStringConvertible>(_ value: Value) {
    if value.isFinite {
      output.append(value.description)
    } else if value.isNaN {
      output.append("\"NaN\"")
    } else {
      output.append(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
    }
  }

  private mutating func enumeration(_ value: Int32, _ field: FieldDescriptor) {
    guard !options.writesEnumNumbers, let descriptor = field.enumeration?.c,
      let known = protobuf_c_enum_descriptor_get_value(descriptor, value)
    else { return output.append(Int64(value)) }
    output.append("\"")
    output.append(cString: known.pointee.name)
    output.append("\"")
  }

  mutating func string(_ slot: ValueSlot) {
    output.append("\"")
    if let text = slot.pointer.load(as: UnsafePointer<CChar>?.self) {
      escaped(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
    output.append("\"")
  }

  /// Writes UTF-8 with JSON's escapes; runs without any are copied whole.
  mutating func escaped(_ bytes: UnsafeRawBufferPointer) {
    let text = bytes.bindMemory(to: UInt8.self)
    var runStart = 0
    for index in 0..<text.count {
      let byte = text[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      output.append(UnsafeBufferPointer(rebasing: text[runStart..<index]))
      runStart = index + 1
      escape(byte)
    }
    output.append(UnsafeBufferPointer(rebasing: text[runStart...]))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): output.append("\\\"")
    case UInt8(ascii: "\\"): output.append("\\\\")
    case 8: output.append("\\b")
    case 9: output.append("\\t")
    case 10: output.append("\\n")
    case 12: output.append("\\f")
    case 13: output.append("\\r")
    default:
      output.append("\\u00")
      output.append(UInt8(ascii: "0") + byte >> 4)
      output.append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
    }
  }
}
