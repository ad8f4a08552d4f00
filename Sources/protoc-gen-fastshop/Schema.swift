/// A .proto file, read from the compiler's descriptor.
struct FileSchema {
  let name: String
  let package: String
  let dependencies: [String]
  let isProto3: Bool
  let messages: [MessageSchema]
  let enums: [EnumSchema]
  let services: [ServiceSchema]
  let extensions: [ExtensionSchema]
  /// The file's descriptor without comments, encoded.
  let encoded: [UInt8]

  /// All messages, nested ones after those that contain them.
  var allMessages: [MessageSchema] { messages.flatMap(\.withNested) }
  /// All enums, nested ones too.
  var allEnums: [EnumSchema] { enums + allMessages.flatMap(\.enums) }
}

/// A message type.
struct MessageSchema {
  let name: String
  let fullName: String
  let comment: String
  /// In the order of the file.
  let fields: [FieldSchema]
  /// Real oneofs, then those that proto3 `optional` fields stand for.
  let oneofs: [OneofSchema]
  let messages: [MessageSchema]
  let enums: [EnumSchema]
  let isMapEntry: Bool

  var withNested: [MessageSchema] { [self] + messages.flatMap(\.withNested) }
}

/// A oneof of a message.
struct OneofSchema {
  let name: String
  let comment: String
  /// Stands for a proto3 `optional` field.
  let isSynthetic: Bool
}

/// A field of a message.
struct FieldSchema {
  let name: String
  let jsonName: String
  let number: Int32
  let label: Label
  let type: ProtoType
  /// The full name of the message or enum.
  let typeName: String
  /// Index into the message's oneofs.
  let oneof: Int?
  let comment: String

  enum Label: UInt32 { case optional = 1, required, repeated }
}

/// The types of fields, with descriptor.proto's numbers.
enum ProtoType: UInt32 {
  case double = 1, float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes, uint32
  case enumeration, sfixed32, sfixed64, sint32, sint64
}

/// An enum type.
struct EnumSchema {
  let name: String
  let fullName: String
  let comment: String
  let values: [(name: String, number: Int32, comment: String)]
}

/// A field that the file adds to another's message.
struct ExtensionSchema {
  let fullName: String
  /// The full name of the message.
  let extendee: String
  let number: Int32
}

/// A service.
struct ServiceSchema {
  let name: String
  let fullName: String
  let comment: String
  let methods: [MethodSchema]
}

/// A method of a service.
struct MethodSchema {
  let name: String
  let comment: String
  let input: String
  let output: String
  let clientStreams: Bool
  let serverStreams: Bool
  /// `idempotency_level = NO_SIDE_EFFECTS`.
  let isSideEffectFree: Bool
}

/// Why nothing can be generated: a sentence for whoever wrote the .proto file.
struct GeneratorError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
