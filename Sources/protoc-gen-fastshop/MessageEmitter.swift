import ProtoSchema

/// Writes the Swift view of a message.
struct MessageEmitter {
  let names: NameTable
  let options: GeneratorOptions

  /// `public`, or `@inlinable public` for what callers in other modules should have inlined.
  var access: String { options.access }
  var inlinable: String { options.access == "public" ? "@inlinable public" : options.access }

  /// Adds the view of `message` and of what is nested in it.
  func emit(_ message: MessageSchema, to text: inout SourceText) throws {
    let layout = StructLayout(message)
    text.documentation(message.comment, otherwise: "The message `\(message.fullName)`.")
    try text.block("\(access) struct \(try names.localName(message.fullName)): Protobuf::Message {") { text in
      text.line("\(access) static let descriptor = Protobuf::MessageDescriptor(\(typeFunction(message)))")
      text.line("\(access) let storage: Protobuf::MessageStorage")
      text.line("\(inlinable) init(storage: Protobuf::MessageStorage) { self.storage = storage }")
      for field in message.fields {
        if let oneof = field.oneof, !message.oneofs[oneof].isSynthetic { continue }
        text.line()
        try emit(field, of: message, layout, to: &text)
      }
      for (index, oneof) in message.oneofs.enumerated() where !oneof.isSynthetic {
        text.line()
        try emit(oneof, index: index, of: message, layout, to: &text)
      }
      for nested in message.messages where !nested.isMapEntry {
        text.line()
        try emit(nested, to: &text)
      }
      for type in message.enums {
        text.line()
        try EnumEmitter(names: names, options: options).emit(type, to: &text)
      }
    }
  }

  private func typeFunction(_ message: MessageSchema) -> String { CNaming.functionPrefix(message.fullName) + "type()" }

  private func emit(
    _ field: FieldSchema, of message: MessageSchema, _ layout: StructLayout, to text: inout SourceText
  ) throws {
    let offset = layout.offsets[field.number] ?? 0
    let name = SwiftNaming.property(field.name)
    if field.label == .repeated, field.type == .message, try names.message(field.typeName).isMapEntry {
      try emitMap(field, of: message, name: name, offset: offset, to: &text)
      return
    }
    let type = try swiftType(field)
    let accessors: (get: String, set: String, type: String)
    if field.label == .repeated {
      let list = "storage.repeated(\(offset), as: \(type).self)"
      accessors = (list, list + ".replace(with: newValue)", "Protobuf::RepeatedField<\(type)>")
    } else if let oneof = field.oneof {
      let place = "\(offset), case: \(layout.caseOffsets[oneof] ?? 0), number: \(field.number)"
      accessors = ("storage.getOptional(\(place))", "storage.setOptional(\(place), newValue)", type + "?")
    } else if field.type == .message {
      accessors = ("storage.getMessage(\(offset))", "storage.setMessage(\(offset), newValue)", type + "?")
    } else {
      accessors = ("storage.get(\(offset))", "storage.set(\(offset), newValue)", type)
    }
    text.documentation(field.comment)
    text.block("\(inlinable) var \(name): \(accessors.type) {") { text in
      text.line("get { \(accessors.get) }")
      text.line("nonmutating set { \(accessors.set) }")
    }
  }

  private func emitMap(
    _ field: FieldSchema, of message: MessageSchema, name: String, offset: Int, to text: inout SourceText
  ) throws {
    let entry = try names.message(field.typeName)
    guard let key = entry.fields.first(where: { $0.number == 1 }),
      let value = entry.fields.first(where: { $0.number == 2 })
    else { throw GeneratorError("\(entry.fullName) has no key or no value") }
    let type = "Protobuf::MapField<\(try swiftType(key)), \(try swiftType(value))>"
    let owner = try names.swiftName(message.fullName)
    let descriptor = name.filter { $0 != "`" } + "EntryDescriptor"
    text.documentation(field.comment)
    text.block("\(access) var \(name): \(type) {") { text in
      let place = "\(offset), entry: \(owner).\(descriptor)"
      text.line("get { storage.map(\(place)) }")
      text.line("nonmutating set { storage.map(\(place), as: \(type).self).replace(with: newValue) }")
    }
    text.line("private static let \(descriptor) = Protobuf::MessageDescriptor(\(typeFunction(entry)))")
  }

  private func emit(
    _ oneof: OneofSchema, index: Int, of message: MessageSchema, _ layout: StructLayout, to text: inout SourceText
  ) throws {
    let members = message.fields.filter { $0.oneof == index }
    let typeName = names.oneofName(oneof, in: message)
    let caseOffset = layout.caseOffsets[index] ?? 0
    text.documentation(oneof.comment, otherwise: "What the oneof `\(oneof.name)` of `\(message.fullName)` can be.")
    try text.block("\(access) enum \(typeName) {") { text in
      for member in members {
        text.documentation(member.comment)
        text.line("case \(SwiftNaming.property(member.name))(\(try swiftType(member)))")
      }
    }
    text.line()
    text.documentation(oneof.comment)
    text.block("\(inlinable) var \(SwiftNaming.property(oneof.name)): \(typeName)? {") { text in
      text.block("get {") { text in
        text.line("switch storage.oneofCase(\(caseOffset)) {")
        for member in members {
          let offset = layout.offsets[member.number] ?? 0
          text.line("case \(member.number): .\(SwiftNaming.property(member.name))(storage.get(\(offset)))")
        }
        text.line("default: nil")
        text.line("}")
      }
      text.block("nonmutating set {") { text in
        text.line("switch newValue {")
        for member in members {
          let place = "\(layout.offsets[member.number] ?? 0), case: \(caseOffset), number: \(member.number)"
          text.line(
            "case .\(SwiftNaming.property(member.name))(let value): storage.setOptional(\(place), value)")
        }
        text.line("case nil: storage.setOneofCase(\(caseOffset), 0)")
        text.line("}")
      }
    }
  }

  private func swiftType(_ field: FieldSchema) throws -> String {
    switch field.type {
    case .double: "Swift::Double"
    case .float: "Swift::Float"
    case .int64, .sfixed64, .sint64: "Swift::Int64"
    case .uint64, .fixed64: "Swift::UInt64"
    case .int32, .sfixed32, .sint32: "Swift::Int32"
    case .uint32, .fixed32: "Swift::UInt32"
    case .bool: "Swift::Bool"
    case .string: "Protobuf::Text"
    case .bytes: "Protobuf::Bytes"
    case .message, .enumeration, .group: try names.swiftName(field.typeName)
    }
  }
}
