/// A .proto file, read from the compiler's descriptor.
package struct FileSchema {
  package let name: String
  package let package: String
  package let dependencies: [String]
  package let isProto3: Bool
  package let messages: [MessageSchema]
  package let enums: [EnumSchema]
  package let services: [ServiceSchema]
  package let extensions: [ExtensionSchema]
  /// The file's descriptor without comments, encoded.
  package let encoded: [UInt8]

  /// All messages, nested ones after those that contain them.
  package var allMessages: [MessageSchema] { messages.flatMap(\.withNested) }
  /// All enums, nested ones too.
  package var allEnums: [EnumSchema] { enums + allMessages.flatMap(\.enums) }
}

/// A message type.
package struct MessageSchema {
  package let name: String
  package let fullName: String
  package let comment: String
  /// In the order of the file.
  package let fields: [FieldSchema]
  /// Real oneofs, then those of proto3 `optional` fields.
  package let oneofs: [OneofSchema]
  package let messages: [MessageSchema]
  package let enums: [EnumSchema]
  package let isMapEntry: Bool

  package var withNested: [MessageSchema] { [self] + messages.flatMap(\.withNested) }
}

/// A oneof of a message.
package struct OneofSchema {
  package let name: String
  package let comment: String
  /// Stands for a proto3 `optional` field.
  package let isSynthetic: Bool
}

/// A field of a message.
package struct FieldSchema {
  package let name: String
  package let jsonName: String
  package let number: Int32
  package let label: Label
  package let type: ProtoType
  /// The full name of the message or enum.
  package let typeName: String
  /// Index into the message's oneofs.
  package let oneof: Int?
  package let comment: String

  package enum Label: UInt32 { case optional = 1, required, repeated }
}

/// The types of fields, with descriptor.proto's numbers.
package enum ProtoType: UInt32 {
  case double = 1, float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes, uint32
  case enumeration, sfixed32, sfixed64, sint32, sint64
}

/// An enum type.
package struct EnumSchema {
  package let name: String
  package let fullName: String
  package let comment: String
  package let values: [(name: String, number: Int32, comment: String)]
}

/// A field that the file adds to another's message.
package struct ExtensionSchema {
  package let fullName: String
  /// The full name of the message.
  package let extendee: String
  package let number: Int32
}

/// A service.
package struct ServiceSchema {
  package let name: String
  package let fullName: String
  package let comment: String
  package let methods: [MethodSchema]
}

/// A method of a service.
package struct MethodSchema {
  package let name: String
  package let comment: String
  package let input: String
  package let output: String
  package let clientStreams: Bool
  package let serverStreams: Bool
  /// `idempotency_level = NO_SIDE_EFFECTS`.
  package let isSideEffectFree: Bool
}

/// The reason why nothing can be generated: a sentence for the author of the .proto file.
package struct GeneratorError: Error {
  package let message: String
  package init(_ message: String) { self.message = message }
}
