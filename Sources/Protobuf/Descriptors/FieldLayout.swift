package import CProtobufC

/// The properties of a field that the encoder, the validator and reflection need, computed once per message type.
package struct FieldLayout {
  /// protobuf-c's own description.
  package let c: UnsafePointer<ProtobufCFieldDescriptor>
  /// The layout of the field's messages, when it has messages.
  package let message: UnsafeMutablePointer<MessageLayout>?
  /// The field's tag as a varint in the highest `tagBytes` bytes.
  let tag: UInt64
  let tagBytes: Int
  /// The offset of the value (or of the pointer to the array) in the struct, in bytes.
  package let offset: Int
  /// The offset of the count, the has-flag or the oneof's case in the struct, in bytes.
  package let quantifierOffset: Int
  package let number: UInt32
  /// The value of an unset proto2 string field, if its default is not empty.
  let defaultValue: UnsafeRawPointer?
  package let presence: FieldPresence
  package let type: FieldType
  /// Whether the field is a map, that is, its messages are entries of a key and a value.
  package let isMap: Bool
  /// Whether a repeated field goes onto the wire as one packed piece.
  let isPacked: Bool
  /// Presence and type in one, for the encoder to branch on once.
  let encoding: FieldEncoding
}

/// The fields that messages are mostly made of, each with a branch of its own in the encoder; and the rest.
enum FieldEncoding: UInt8 {
  case text, message, repeatedText, repeatedMessage
  /// Numbers that are left out when they are 0.
  case int32, int64, double
  case other

  init(_ presence: FieldPresence, _ type: FieldType) {
    switch (presence, type) {
    case (.implicit, .string): self = .text
    case (.pointer, .message): self = .message
    case (.repeated, .string): self = .repeatedText
    case (.repeated, .message): self = .repeatedMessage
    case (.implicit, .int32), (.implicit, .enumeration): self = .int32
    case (.implicit, .int64), (.implicit, .uint64): self = .int64
    case (.implicit, .double), (.implicit, .fixed64), (.implicit, .sfixed64): self = .double
    default: self = .other
    }
  }
}

/// How a message's struct says whether a field is set.
package enum FieldPresence: UInt8 {
  /// Proto3 without `optional`: set when it is not the default.
  case implicit
  /// A pointer that is nil when not set: messages, and proto2 strings.
  case pointer
  /// A separate flag (proto2).
  case flag
  /// A member of a oneof (a proto3 `optional` is one too): set when the case is the field's number.
  case oneof
  /// Always there (proto2 `required`).
  case required
  /// A count with a pointer to the elements.
  case repeated
}

/// The types of protobuf fields, in protobuf-c's order.
package enum FieldType: UInt8 {
  case int32, sint32, sfixed32, int64, sint64, sfixed64, uint32, fixed32, uint64, fixed64
  case float, double, bool, enumeration, string, bytes, message

  /// Bytes that one value takes in a struct or an array.
  package var stride: Int {
    switch self {
    case .int32, .sint32, .sfixed32, .uint32, .fixed32, .float, .bool, .enumeration: 4
    case .int64, .sint64, .sfixed64, .uint64, .fixed64, .double, .string, .message: 8
    case .bytes: 16
    }
  }

  var wireType: WireType {
    switch self {
    case .int32, .sint32, .int64, .sint64, .uint32, .uint64, .bool, .enumeration: .varint
    case .sfixed64, .fixed64, .double: .fixed64
    case .sfixed32, .fixed32, .float: .fixed32
    case .string, .bytes, .message: .lengthDelimited
    }
  }
}

/// The kinds of pieces on the wire. Groups are not supported, as in protobuf-c.
enum WireType: UInt8 {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case fixed32 = 5
}
