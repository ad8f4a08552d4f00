import CProtobufC

/// Writes messages as proto3 JSON, their fields in the order of their numbers.
struct JSONWriter: ~Copyable {
  /// The maximum nesting of messages; the outermost is at depth 1.
  static let depthMax = 100

  let options: JSONWritingOptions
  var output = OutputText()
  private var indent = 0

  init(options: JSONWritingOptions) {
    self.options = options
  }

  typealias Layout = UnsafePointer<MessageLayout>

  mutating func message(
    _ message: MessageStorage, _ layout: Layout, depth: Int
  ) throws(JSONWritingError) {
    if layout.pointee.wellKnown == .none {
      var isFirst = true
      open("{")
      try fields(of: message, layout, isFirst: &isFirst, depth: depth)
      close("}", isEmpty: isFirst)
    } else {
      try wellKnown(message, layout, depth: depth)
    }
  }

  /// Writes the members of an object.
  mutating func fields(
    of message: MessageStorage, _ layout: Layout, isFirst: inout Bool, depth: Int
  ) throws(JSONWritingError) {
    guard depth <= JSONWriter.depthMax else { throw .tooDeep(limit: JSONWriter.depthMax) }
    for index in 0..<layout.pointee.fields.count {
      let field = FieldDescriptor(layout: layout.pointee.fields.baseAddress.unsafelyUnwrapped + index)
      guard message.has(field) || isDefaultWritten(field) else { continue }
      separate(&isFirst)
      name(field, index, layout)
      if field.isMap {
        try map(field, of: message, depth: depth)
      } else if field.isRepeated {
        try array(field, of: message, depth: depth)
      } else {
        try value(message.slot(field), depth: depth)
      }
    }
  }

  private func isDefaultWritten(_ field: FieldDescriptor) -> Bool {
    options.writesDefaults && (field.presence == .implicit || field.presence == .repeated)
  }

  private mutating func name(_ field: FieldDescriptor, _ index: Int, _ layout: Layout) {
    if options.keepsProtoNames {
      output.append("\"")
      output.append(cString: field.cName)
      output.append("\":")
    } else {
      output.append(layout.pointee.names.member(index))
    }
    if options.isPretty { output.append(" ") }
  }

  private mutating func array(
    _ field: FieldDescriptor, of message: MessageStorage, depth: Int
  ) throws(JSONWritingError) {
    let count = message.count(field)
    var isFirst = true
    open("[")
    for index in 0..<count {
      separate(&isFirst)
      try value(message.element(field, index), depth: depth)
    }
    close("]", isEmpty: count == 0)
  }

  private mutating func map(
    _ field: FieldDescriptor, of message: MessageStorage, depth: Int
  ) throws(JSONWritingError) {
    var isFirst = true
    open("{")
    if let map = MapEntries(field, of: message) {
      for entry in map.entries {
        separate(&isFirst)
        mapKey(entry.slot(map.key))
        output.append(options.isPretty ? ": " : ":")
        try value(entry.slot(map.value), depth: depth + 1)
      }
    }
    close("}", isEmpty: isFirst)
  }

  private mutating func mapKey(_ key: ValueSlot) {
    switch key.field.type {
    case .string: string(key)
    case .int64, .sint64, .sfixed64, .uint64, .fixed64: scalar(key)
    default:
      output.append("\"")
      scalar(key)
      output.append("\"")
    }
  }

  mutating func value(_ slot: ValueSlot, depth: Int) throws(JSONWritingError) {
    guard slot.field.type == .message else { return scalar(slot) }
    guard let type = slot.field.message else { return }
    try message(slot.message ?? type.make(in: slot.arena), type.layout, depth: depth + 1)
  }

  // MARK: - Punctuation

  mutating func open(_ bracket: Unicode.Scalar) {
    output.append(UInt8(ascii: bracket))
    indent += 2
  }

  mutating func close(_ bracket: Unicode.Scalar, isEmpty: Bool) {
    indent -= 2
    if !isEmpty { breakLine() }
    output.append(UInt8(ascii: bracket))
  }

  mutating func separate(_ isFirst: inout Bool) {
    if !isFirst { output.append(",") }
    isFirst = false
    breakLine()
  }

  private mutating func breakLine() {
    guard options.isPretty else { return }
    output.append("\n")
    output.append(spaces: indent)
  }
}
