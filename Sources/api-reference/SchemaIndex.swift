import ProtoSchema

/// Finds the types of a set of .proto files by their full names.
struct SchemaIndex {
  let files: [FileSchema]
  private let messages: [String: MessageSchema]
  private let enums: [String: EnumSchema]

  init(_ files: [FileSchema]) {
    self.files = files
    messages = Dictionary(files.flatMap(\.allMessages).map { ($0.fullName, $0) }) { first, _ in first }
    enums = Dictionary(files.flatMap(\.allEnums).map { ($0.fullName, $0) }) { first, _ in first }
  }

  func message(_ fullName: String) -> MessageSchema? { messages[fullName] }
  func enumeration(_ fullName: String) -> EnumSchema? { enums[fullName] }

  /// The type of a map field's values and keys; nil when the field is no map.
  func mapEntry(of field: FieldSchema) -> MessageSchema? {
    guard field.label == .repeated, let entry = messages[field.typeName], entry.isMapEntry else { return nil }
    return entry
  }
}
