import CProtobufC

/// Writes messages in protobuf's text format, fields in the order of their numbers, maps in that of their keys.
struct TextFormatWriter: ~Copyable {
  /// The maximum nesting; deeper messages are left out.
  static let depthMax = 100

  let isOneLine: Bool
  let types: TypeRegistry
  var output = OutputText()
  private var indent = 0

  init(isOneLine: Bool, types: TypeRegistry) {
    self.isOneLine = isOneLine
    self.types = types
  }

  mutating func fields(of message: MessageStorage, _ type: MessageDescriptor, depth: Int) {
    guard depth <= TextFormatWriter.depthMax else { return }
    if type.layout.pointee.wellKnown == .any, unfold(message, type, depth: depth) { return }
    for field in type.fields where message.has(field) {
      if field.isMap {
        map(field, of: message, depth: depth)
      } else if field.isRepeated {
        for index in 0..<message.count(field) { member(field, message.element(field, index), depth: depth) }
      } else {
        member(field, message.slot(field), depth: depth)
      }
    }
  }

  private mutating func map(_ field: FieldDescriptor, of message: MessageStorage, depth: Int) {
    guard var map = MapEntries(field, of: message) else { return }
    map.sort()
    for entry in map.entries {
      beginLine()
      output.append(cString: field.cName)
      open()
      member(map.key, entry.slot(map.key), depth: depth + 1)
      member(map.value, entry.slot(map.value), depth: depth + 1)
      close()
    }
  }

  private mutating func member(_ field: FieldDescriptor, _ slot: ValueSlot, depth: Int) {
    beginLine()
    output.append(cString: field.cName)
    if let type = field.message {
      open()
      if let message = slot.message { fields(of: message, type, depth: depth + 1) }
      close()
    } else {
      output.append(": ")
      scalar(slot)
      endLine()
    }
  }

  /// Writes what an Any holds, if its type is known and its bytes are such a message.
  private mutating func unfold(_ message: MessageStorage, _ type: MessageDescriptor, depth: Int) -> Bool {
    let url = message.slot(type.fields[0]).get(Text.self).string
    guard let contentType = types.type(url: url), url.utf8.allSatisfy(TextFormatCursor.isURLByte),
      let content = try? message.slot(type.fields[1]).get(Bytes.self).decode(as: contentType, in: message.arena)
    else { return false }
    beginLine()
    output.append("[")
    output.append(url)
    output.append("]")
    open()
    fields(of: content, contentType, depth: depth + 1)
    close()
    return true
  }

  // MARK: - Values

  private mutating func scalar(_ slot: ValueSlot) {
    switch slot.field.type {
    case .string: slot.get(Text.self).withUTF8 { quote($0, isText: true) }
    case .bytes: slot.get(Bytes.self).withUnsafeBytes { quote($0.bindMemory(to: UInt8.self), isText: false) }
    case .bool: output.append(slot.get(Bool.self) ? "true" : "false")
    case .int32, .sint32, .sfixed32: output.append(Int64(slot.get(Int32.self)))
    case .uint32, .fixed32: output.append(UInt64(slot.get(UInt32.self)))
    case .int64, .sint64, .sfixed64: output.append(slot.get(Int64.self))
    case .uint64, .fixed64: output.append(slot.get(UInt64.self))
    case .float: float(Double(slot.get(Float.self)), slot.get(Float.self).description)
    case .double: float(slot.get(Double.self), slot.get(Double.self).description)
    case .enumeration:
      let value = slot.get(Int32.self)
      output.append(slot.field.enumeration?.name(of: value) ?? String(value))
    case .message: break
    }
  }

  private mutating func float(_ value: Double, _ digits: String) {
    if value.isFinite {
      output.append(digits)
    } else if value.isNaN {
      output.append("nan")
    } else {
      output.append(value < 0 ? "-inf" : "inf")
    }
  }

  /// Writes a string literal; bytes that are no text in octal.
  private mutating func quote(_ bytes: UnsafeBufferPointer<UInt8>, isText: Bool) {
    output.append("\"")
    for byte in bytes {
      switch byte {
      case 10: output.append("\\n")
      case 13: output.append("\\r")
      case 9: output.append("\\t")
      case UInt8(ascii: "\""): output.append("\\\"")
      case UInt8(ascii: "'"): output.append("\\'")
      case UInt8(ascii: "\\"): output.append("\\\\")
      case 0..<0x20, 0x7f: octal(byte)
      case 0x80...: if isText { output.append(byte) } else { octal(byte) }
      default: output.append(byte)
      }
    }
    output.append("\"")
  }

  private mutating func octal(_ byte: UInt8) {
    output.append("\\")
    for shift: UInt8 in [6, 3, 0] { output.append(UInt8(ascii: "0") + (byte >> shift) & 7) }
  }

  // MARK: - Lines

  private mutating func beginLine() {
    if isOneLine {
      if output.count > 0 { output.append(" ") }
    } else {
      output.append(spaces: indent)
    }
  }

  private mutating func endLine() {
    if !isOneLine { output.append("\n") }
  }

  private mutating func open() {
    output.append(" {")
    endLine()
    indent += 2
  }

  private mutating func close() {
    indent -= 2
    beginLine()
    output.append("}")
    endLine()
  }
}
