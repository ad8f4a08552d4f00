/// Reads protobuf's text format into messages.
struct TextFormatReader {
  /// The maximum nesting of messages; the outermost is at depth 1.
  static let depthMax = 64

  var cursor: TextFormatCursor
  let types: TypeRegistry

  init(_ text: String, types: TypeRegistry) {
    cursor = TextFormatCursor(text)
    self.types = types
  }

  var arenaError: TextFormatError { cursor.error("the arena's limit is reached") }

  /// Reads fields up to the closing bracket, or to the end of the text if there is none.
  mutating func fields(
    of message: MessageStorage, _ type: MessageDescriptor, until close: Unicode.Scalar?, depth: Int
  ) throws(TextFormatError) {
    guard depth <= TextFormatReader.depthMax else {
      throw cursor.error("nested deeper than \(TextFormatReader.depthMax)")
    }
    var seen = SeenFields(type.fields.count)
    let place = cursor.position
    while true {
      if cursor.isAtEnd {
        if let close { throw cursor.error("'\(close)' expected") }
        break
      }
      if let close, cursor.take(close) { break }
      if type.layout.pointee.wellKnown == .any, cursor.take("[") {
        try any(message, type, depth: depth)
      } else {
        try field(of: message, type, &seen, depth: depth)
      }
      _ = cursor.take(",") || cursor.take(";")
    }
    guard TimeRangeCheck.isInRange(message.pointer, of: type.layout) else {
      throw cursor.error("out of range", at: place)
    }
  }

  private mutating func field(
    of message: MessageStorage, _ type: MessageDescriptor, _ seen: inout SeenFields, depth: Int
  ) throws(TextFormatError) {
    let place = cursor.position
    guard let name = cursor.identifier() else { throw cursor.error("a field's name expected") }
    guard let index = type.fields.firstIndex(where: { $0.hasName(name) }) else {
      throw cursor.error("no such field", at: place).inside(name)
    }
    let field = type.fields[index]
    do throws(TextFormatError) {
      if field.isRepeated {
        try elements(of: field, in: message, depth: depth)
      } else {
        guard seen.insert(index) else { throw cursor.error("set twice", at: place) }
        if let oneof = field.oneofOffset, message.oneofCase(oneof) != 0 {
          throw cursor.error("another member of the same oneof is set", at: place)
        }
        try value(message.slotForWriting(field), depth: depth)
      }
    } catch {
      throw error.inside(name)
    }
  }

  /// Reads one element, or several in brackets.
  private mutating func elements(
    of field: FieldDescriptor, in message: MessageStorage, depth: Int
  ) throws(TextFormatError) {
    let hasColon = cursor.take(":")
    guard hasColon || field.type == .message else { throw cursor.error("':' expected") }
    guard cursor.take("[") else { return try element(of: field, in: message, depth: depth) }
    if cursor.take("]") { return }
    repeat { try element(of: field, in: message, depth: depth) } while cursor.take(",")
    guard cursor.take("]") else { throw cursor.error("',' or ']' expected") }
  }

  private mutating func element(
    of field: FieldDescriptor, in message: MessageStorage, depth: Int
  ) throws(TextFormatError) {
    guard let slot = message.append(field) else { throw arenaError }
    try bareValue(slot, depth: depth)
  }

  /// Reads a colon, which messages may go without, and a value.
  private mutating func value(_ slot: ValueSlot, depth: Int) throws(TextFormatError) {
    let hasColon = cursor.take(":")
    guard hasColon || slot.field.type == .message else { throw cursor.error("':' expected") }
    try bareValue(slot, depth: depth)
  }

  private mutating func bareValue(_ slot: ValueSlot, depth: Int) throws(TextFormatError) {
    guard let type = slot.field.message else { return try scalar(slot) }
    let close: Unicode.Scalar
    if cursor.take("{") {
      close = "}"
    } else if cursor.take("<") {
      close = ">"
    } else {
      throw cursor.error("'{' expected")
    }
    guard let message = slot.messageForWriting() else { throw arenaError }
    try fields(of: message, type, until: close, depth: depth + 1)
  }

  /// Reads the unfolded form of an Any, `[URL] { … }`, of which the first bracket is taken.
  private mutating func any(
    _ message: MessageStorage, _ type: MessageDescriptor, depth: Int
  ) throws(TextFormatError) {
    let place = cursor.position
    let url = try cursor.typeURL()
    guard let contentType = types.type(url: url) else { throw cursor.error("unknown message type", at: place) }
    _ = cursor.take(":")
    guard cursor.take("{") else { throw cursor.error("'{' expected") }
    guard let content = contentType.makeWithinLimit(in: message.arena) else { throw arenaError }
    try fields(of: content, contentType, until: "}", depth: depth + 1)
    var buffer = EncodeBuffer(capacity: 256)
    do throws(EncodeError) {
      try buffer.prepend(content, of: contentType)
    } catch {
      throw arenaError
    }
    message.slotForWriting(type.fields[0]).set(message.arena.text(url))
    let isCopied = buffer.withUnsafeBytes { message.slotForWriting(type.fields[1]).copyBytes($0) }
    guard isCopied else { throw arenaError }
  }
}
